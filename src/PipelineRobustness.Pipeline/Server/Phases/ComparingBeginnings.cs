using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>
/// Stages begin with version 0, or with a checkpoint of another cut: of their states there is no digest, but they follow from the seed, or
/// from files. Where the two holders of a block say that they begin with different ones, the referee builds the block too.
/// </summary>
/// <param name="placed">The stages.</param>
/// <param name="work">The step to which the referee's work belongs.</param>
/// <param name="begun">What each stage says that it begins with.</param>
/// <param name="blocks">The blocks in dispute.</param>
/// <param name="origin">What stages begin with.</param>
internal sealed class ComparingBeginnings(
    PlacedStages placed, StepId work, ImmutableArray<StageState> begun, ImmutableArray<int> blocks, Origin origin) : PlacedPhase(placed, work)
{
    private readonly SortedDictionary<int, UInt128?> _built = [];

    /// <summary>The first block that could not be built; null for none.</summary>
    public int? NotBuilt => _built.Where(built => built.Value is null).Select(built => (int?)built.Key).FirstOrDefault();

    /// <summary>What each holder is convicted of that begins, or says so, with another state than was built.</summary>
    public ImmutableArray<Finding> Findings =>
    [
        .. from block in blocks
           from said in Said(block)
           where said.Digest != _built[block]
           select new Finding.Convicts(
               said.Stage, Act.Transfer, null, new Grounds.OtherState(block, _built[block]!.Value, said.Digest.GetValueOrDefault())),
    ];

    public override string WaitingFor => $"the referee to build {Wording.Blocks([.. blocks.Where(block => !_built.ContainsKey(block))])}";

    // It is part of a recovery.
    public override bool IsRestored => false;

    // Stages wait for the server while the referee works, and nothing is lost.
    public override IEnumerable<int>? Awaited => null;

    /// <summary>State digests with those of the blocks that were built.</summary>
    public ImmutableArray<UInt128> Correct(ImmutableArray<UInt128> digests) =>
        blocks.Aggregate(digests, (correct, block) => correct.SetItem(block, _built[block]!.Value));

    public override Transition? Begin(Outbox outbox)
    {
        foreach (var block in blocks) outbox.Add(new Effect.Build(Step, block, origin));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not BlockBuilt built) return null;
        _built[built.Block] = built.Digest;
        return _built.Count == blocks.Length ? new Transition.BeginningsBuilt(this) : Transition.Stay.Instance;
    }

    private IEnumerable<(int Stage, UInt128? Digest)> Said(int block)
    {
        var holder = Rules.HolderOfCopy(block);
        return [(block, begun[block].Own), (holder, begun[holder].Copy)];
    }
}
