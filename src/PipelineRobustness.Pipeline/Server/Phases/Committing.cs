using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Every holder steps from version n to n + 1 and answers with the digest of its new state.</summary>
internal sealed class Committing(PlacedStages placed, StepId work, AcceptedPass pass, Commit commit) : PlacedPhase(placed, work)
{
    // Of each stage its first report.
    private readonly Dictionary<int, Committed> _stepped = [];

    public IterationLedger Iteration => pass.Iteration;

    public Commit Commit => commit;

    /// <summary>What was stated of the pass; null where no referee is asked.</summary>
    public PassStatements? Stated => pass.Statements;

    public override string WaitingFor => $"the commit of iteration {Iteration.Iteration} by {Placed.Except(_stepped)}";

    /// <summary>State digest of each block after the step.</summary>
    public ImmutableArray<UInt128> Digests => [.. Rules.AllStages.Select(stage => _stepped[stage].Own)];

    /// <summary>Blocks whose copy has another state than the original.</summary>
    public ImmutableSortedSet<int> Stale => StaleCopies.After(pass, _stepped);

    /// <summary>Those among them for which there is no reason.</summary>
    public ImmutableSortedSet<int> Wrong => Stale.Except(StaleCopies.Excused(pass));

    /// <summary>Where a referee is asked: the blocks whose holders report different states, each with what its step is worked from.</summary>
    /// <param name="before">State digest of each block before the step.</param>
    public ImmutableArray<Hearing> Disputed(ImmutableArray<UInt128> before) =>
    [
        .. from breach in StepRules.Breaches(Rules.Ring!, Digests, [.. Rules.AllStages.Select(stage => _stepped[stage].Copy ?? default)])
           let block = ((RuleBreach.DisputedBlock)breach).Dispute.Block
           select Hearing.OfStep(block, pass.Statements!, before[block], Digests[block], _stepped[Rules.HolderOfCopy(block)].Copy ?? default),
    ];

    /// <summary>
    /// What is not finite in the state of the first block of which that is so. A block whose copy differs without a reason does not count:
    /// its memory has changed.
    /// </summary>
    public NumberNotFinite? NotFinite =>
        _stepped.Values.Where(IsNotFinite).MinBy(stepped => stepped.Stage) is { } found
            ? new NumberNotFinite(Iteration.Iteration, found.Stage, NotFinitePart.State, found.NotFinite!) : null;

    // Where a referee is asked both holders of a block must say so.
    private bool IsNotFinite(Committed stepped) => stepped.NotFinite is not null && !Wrong.Contains(stepped.Stage)
        && (!Rules.IsRefereed || _stepped[Rules.HolderOfCopy(stepped.Stage)].CopyNotFinite == stepped.NotFinite);

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages(Placed.Stages, commit);
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not Committed stepped) return null;
        _stepped.TryAdd(stepped.Stage, stepped);
        return _stepped.Count == Rules.Plan.Stages ? new Transition.Stepped(this) : Transition.Stay.Instance;
    }
}
