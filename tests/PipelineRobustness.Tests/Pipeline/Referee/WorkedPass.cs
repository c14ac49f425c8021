using System.Collections.Immutable;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>
/// A pass as honest stages work it, over the real blocks of a run: all micro-batches forward, then all backward, then the step. Another
/// iteration was worked before, so that moments and step counts are not those of a run that begins.
/// </summary>
internal sealed class WorkedPass : IDisposable
{
    public static readonly StepId Work = new(new Ballot(1, new NodeId("n")), 1, Purpose.Training, 0, 2, 0);

    private readonly RunData _data;
    private readonly BlockRunner[] _blocks;
    private readonly List<BlockState> _before = [];
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<(int Block, int MicroBatch), Tensor> _outputs = [];
    private readonly Dictionary<(int Block, int MicroBatch), Tensor> _gradients = [];
    private readonly Dictionary<int, Tensor> _parts = [];

    public WorkedPass(Rig rig)
    {
        Setup = new StageSetup(rig.Spec());
        Setup.BeginComputing();
        Ring = Setup.Ring;
        _data = Setup.Data;
        _blocks = [.. Ring.Blocks.Select(block => (BlockRunner)Setup.Numerics.Build(block, new Origin(BlockOrigin.Initial)))];
        Step(Work with { Iteration = 0 });
        foreach (var block in _blocks) _before.Add(block.Capture());
        Before = [.. _before.Select(state => state.Digest())];
        Statements = Step(Work);
        After = [.. _blocks.Select(block => block.Digest)];
    }

    public StageSetup Setup { get; }

    public Ring Ring { get; }

    /// <summary>What honest stages state.</summary>
    public PassStatements Statements { get; }

    /// <summary>The digests of all states at the last commit.</summary>
    public ImmutableArray<UInt128> Before { get; }

    /// <summary>The digests after the step.</summary>
    public ImmutableArray<UInt128> After { get; }

    public Commit Commit => CommitOf(Work);

    /// <summary>Everything that could be in dispute.</summary>
    public IEnumerable<Dispute> Disputes =>
    [
        .. from block in Ring.Blocks
           from microBatch in Enumerable.Range(0, Ring.MicroBatches)
           from value in (DisputedValue[])(block == 0 ? [DisputedValue.Output] : [DisputedValue.Output, DisputedValue.InputGradient])
           select new Dispute(block, value, microBatch),
        .. from block in Ring.Blocks
           from value in (DisputedValue[])[DisputedValue.TiedPart, DisputedValue.Sums, DisputedValue.Step]
           where value != DisputedValue.TiedPart || Ring.HasTiedPart(block)
           select new Dispute(block, value),
    ];

    public Hearing HearingOf(Dispute dispute) => dispute.Value == DisputedValue.Step
        ? Hearing.OfStep(dispute.Block, Statements, Before[dispute.Block], After[dispute.Block], After[dispute.Block])
        : Hearing.Of(dispute, Statements, Before);

    public Effect.Hear OrderOf(Dispute dispute) =>
        new(Work, HearingOf(dispute), dispute.Value == DisputedValue.Step ? Commit : null);

    /// <summary>What a stage worked on; the caller owns it.</summary>
    public Tensor Value(ExhibitKey key) => (key.Kind switch
    {
        ExhibitKind.Input => _outputs[(key.Block - 1, key.MicroBatch)],
        ExhibitKind.Gradient => _gradients[(key.Block + 1, key.MicroBatch)],
        _ => _parts[key.Block == 0 ? Ring.Last : 0],
    }).Share();

    /// <summary>The state of a block before the step; the caller owns it.</summary>
    public BlockState State(int block) => _before[block].With(tensor => tensor.Share());

    /// <summary>Everything that a hearing needs, shown. Where a name is given, one number in each of that exhibit's tensors is another.</summary>
    public ShownExhibits Show(Hearing hearing, ExhibitKey? changed = null)
    {
        var shown = new ShownExhibits();
        foreach (var (key, claim, _) in hearing.Needed)
        {
            if (IsState(key)) shown.Keep(key, claim, key == changed ? Changed(State(key.Block)) : State(key.Block));
            else shown.Keep(key, claim, key == changed ? Changed(Value(key)) : Value(key));
        }

        return shown;
    }

    public static bool IsState(ExhibitKey key) => key.Kind is ExhibitKind.State or ExhibitKind.StateBefore;

    /// <summary>What the referee comes to.</summary>
    public Claim Recompute(Dispute dispute, Commit? commit = null, ExhibitKey? changed = null)
    {
        var order = OrderOf(dispute);
        return Recompute(order.Hearing, Show(order.Hearing, changed), commit ?? order.Commit);
    }

    /// <summary>What the referee comes to from what was shown, of which nothing is left.</summary>
    public Claim Recompute(Hearing hearing, ShownExhibits shown, Commit? commit)
    {
        using var work = Recomputation.Of(Setup, Work, hearing, commit, shown);
        while (work.Next is not null) work.Advance();
        shown.Clear();
        return work.Result!.Value;
    }

    public void Dispose()
    {
        foreach (var owned in _owned.Concat(_before).Concat(_blocks)) owned.Dispose();
    }

    // Every block has another coefficient, and one of them takes none.
    private Commit CommitOf(StepId work)
    {
        var coefficients = Ring.Blocks.Select(block => block == 1 ? 1 : 0.5 + (0.1 * block));
        return new Commit(work.Ballot, work, 0.01 * (work.Iteration + 1), [.. coefficients], [], [], null!, null!);
    }

    private PassStatements Step(StepId work)
    {
        var losses = 0.0;
        foreach (var m in MicroBatches)
        {
            foreach (var block in Ring.Blocks)
            {
                var input = block == 0 ? _data.Training.Inputs(work.Iteration, m) : _outputs[(block - 1, m)].Share();
                var output = _blocks[block].Forward(m, input, block == Ring.Last ? _data.Training.Targets(work.Iteration, m) : null);
                if (block == Ring.Last) losses += output.item<float>();
                Put(_outputs, (block, m), output);
            }
        }

        foreach (var m in MicroBatches)
        {
            foreach (var block in Ring.Blocks.Reverse())
            {
                var gradient = _blocks[block].Backward(m, block == Ring.Last ? null : _gradients[(block + 1, m)].Share());
                if (gradient is not null) Put(_gradients, (block, m), gradient);
            }
        }

        foreach (var block in Ring.Blocks.Where(Ring.HasTiedPart)) Put(_parts, block, _blocks[block].Trainer.TakeTiedGradient()!);
        foreach (var block in _parts.Keys) _blocks[block].Trainer.CombineTied(_parts[block == 0 ? Ring.Last : 0]);
        var stated = new PassStatements(
            Ring, [.. Ring.Blocks.Select(stage => Statement(stage, losses))], ImmutableDictionary<(StageLink, int), Claim>.Empty);
        foreach (var block in _blocks)
        {
            block.Step(CommitOf(work));
            block.Forget();
        }

        return stated;
    }

    private IEnumerable<int> MicroBatches => Enumerable.Range(0, Ring.MicroBatches);

    private Statement Statement(int stage, double losses)
    {
        var copied = Ring.CopiedBy(stage);
        return new(
            stage,
            [
                .. MicroBatches.Select(m => new ForwardClaims(
                    Output(stage - 1, m), Output(copied - 1, m), Output(stage, m)!.Value, Output(copied, m)!.Value)),
            ],
            [.. MicroBatches.Select(m => new BackwardClaims(Gradient(stage + 1, m), Gradient(stage, m), Gradient(copied, m)))],
            Sums(stage, losses, waits: true),
            Sums(copied, losses, waits: stage != 0));
    }

    private Claim? Output(int block, int m) => block < 0 ? null : _outputs[(block, m)].ToClaim();

    private Claim? Gradient(int block, int m) => _gradients.TryGetValue((block, m), out var gradient) ? gradient.ToClaim() : null;

    private BlockSums Sums(int block, double losses, bool waits) => new(
        _blocks[block].Report(),
        Ring.HasTiedPart(block) ? _parts[block].ToClaim() : null,
        Ring.HasTiedPart(block) && waits ? _parts[block == 0 ? Ring.Last : 0].ToClaim() : null,
        block == Ring.Last ? losses : null);

    private static Tensor Changed(Tensor value)
    {
        using (value)
        {
            var changed = value.clone();
            using var first = changed.flatten()[0];
            first.add_(1);
            return changed;
        }
    }

    private static BlockState Changed(BlockState state)
    {
        using (state) return state.With(tensor => Changed(tensor.Share()));
    }

    private void Put<TKey>(Dictionary<TKey, Tensor> values, TKey key, Tensor value)
        where TKey : notnull
    {
        values[key] = value;
        _owned.Add(value);
    }
}
