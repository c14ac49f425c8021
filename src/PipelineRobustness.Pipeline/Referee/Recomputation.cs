using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// The referee's own work on a disputed block: a fresh block, restored from the state of the last commit, works what both holders have
/// stated that they worked on. Micro-batches go forward and backward one after the other. A stage that works all of them forward first
/// comes to the same bits, since it adds up gradients in the same order.
/// </summary>
internal sealed class Recomputation : IDisposable
{
    private readonly RunPlan _plan;
    private readonly Device _device;
    private readonly PassTokens _tokens;
    private readonly ShownExhibits _shown;
    private readonly TensorAdmission _admission;
    private readonly BlockRunner _block;
    private readonly Queue<Piece> _pieces;
    private Hearing _hearing;
    private StepNumbers? _step;
    private double _loss;

    /// <summary>Begins it.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="device">The device that it computes on.</param>
    /// <param name="hearing">What is in dispute. All that it needs was shown.</param>
    /// <param name="step">The step's numbers, where the step is in dispute.</param>
    /// <param name="tokens">The pass's tokens and targets.</param>
    /// <param name="shown">What was shown; the caller keeps it until this is disposed of.</param>
    public Recomputation(RunPlan plan, Device device, Hearing hearing, StepNumbers? step, PassTokens tokens, ShownExhibits shown)
    {
        (_plan, _device, _hearing, _step, _tokens, _shown) = (plan, device, hearing, step, tokens, shown);
        _admission = new TensorAdmission(plan, device);
        _pieces = new(PiecesOf(hearing.Dispute, plan.MicroBatches));
        _block = TensorNumerics.Restored(plan, device, Block, shown.State(Needed(ExhibitKind.State) ?? Needed(ExhibitKind.StateBefore)!));
    }

    /// <summary>Begins it where the run's own data are at hand.</summary>
    /// <param name="setup">What the run is made of.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="hearing">What is in dispute. All that it needs was shown.</param>
    /// <param name="commit">The step's numbers, where the step is in dispute.</param>
    /// <param name="shown">What was shown; the caller keeps it until this is disposed of.</param>
    public static Recomputation Of(StageSetup setup, StepId pass, Hearing hearing, Commit? commit, ShownExhibits shown) => new(
        setup.Plan, setup.Ports.Device, hearing, commit is null ? null : StepNumbers.Of(commit), PassTokens.Of(setup, pass.Iteration), shown);

    /// <summary>What is worked next; null when all is.</summary>
    public Piece? Next => _pieces.TryPeek(out var next) ? next : null;

    /// <summary>The claim about the disputed value; null until everything is worked.</summary>
    public Claim? Result { get; private set; }

    private int Block => _hearing.Dispute.Block;

    private int Last => _plan.Stages - 1;

    /// <summary>
    /// Whether it leads on to another hearing, from the same state and inputs: what was worked forward alone is worked backward as well, and
    /// a step is made by what was added up.
    /// </summary>
    public bool LeadsTo(Hearing next) =>
        Result is not null && ValueAfter(_hearing.Dispute.Value) is { } value && next.Dispute == _hearing.Dispute with { Value = value }
        && _hearing.Needed.All(exhibit => next.Needs(exhibit.Key, exhibit.Claim));

    /// <summary>Continues with a hearing that it leads to.</summary>
    /// <param name="next">The hearing.</param>
    /// <param name="step">The step's numbers, where a step is heard.</param>
    public void GoOn(Hearing next, StepNumbers? step)
    {
        (_hearing, _step, Result) = (next, step, null);
        if (next.Dispute.MicroBatch is { } microBatch) _pieces.Enqueue(new(microBatch, Direction.Backward));
        else Result = Stepped();
    }

    /// <summary>Works the next piece.</summary>
    public void Advance()
    {
        var piece = _pieces.Dequeue();
        using var given = piece.Direction == Direction.Forward ? Forward(piece.MicroBatch) : Backward(piece.MicroBatch);
        if (_pieces.Count == 0) Result = End(given);
    }

    public void Dispose() => _block.Dispose();

    private static IEnumerable<Piece> PiecesOf(Dispute dispute, int microBatches)
    {
        foreach (var microBatch in dispute.MicroBatchesOf(microBatches))
        {
            yield return new(microBatch, Direction.Forward);
            if (dispute.Value != DisputedValue.Output) yield return new(microBatch, Direction.Backward);
        }
    }

    private Tensor Forward(int m)
    {
        var input = Block == 0 ? Tokens(m) : Activation(ExhibitKind.Input, m);
        var output = _block.Forward(m, input, Block == Last ? Targets(m) : null);
        if (Block == Last) _loss += output.item<float>();
        return output;
    }

    private Tensor? Backward(int m) => _block.Backward(m, Block == Last ? null : Activation(ExhibitKind.Gradient, m));

    private Claim End(Tensor? given)
    {
        switch (_hearing.Dispute.Value)
        {
            case DisputedValue.TiedPart:
                using (var part = _block.Trainer.TakeTiedGradient()) return part!.ToClaim();
            case DisputedValue.Sums:
                AddOtherPart();
                return new BlockSums(_block.Report(), null, null, Block == Last ? _loss : null).ToClaim();
            case DisputedValue.Step:
                AddOtherPart();
                return Stepped();
            default:
                return given!.ToClaim();
        }
    }

    private Claim Stepped()
    {
        if (!_step!.Frozen.Contains(Block)) _block.Step(_step);
        return Claim.OfState(_block.Digest);
    }

    // What can be worked from where the work on a value ended.
    private static DisputedValue? ValueAfter(DisputedValue worked) => worked switch
    {
        DisputedValue.Output => DisputedValue.InputGradient,
        DisputedValue.Sums => DisputedValue.Step,
        _ => null,
    };

    private void AddOtherPart()
    {
        if (Needed(ExhibitKind.OtherPart) is not { } needed) return;
        using var other = _admission.AdmitTied(_shown.Share(needed));
        _block.Trainer.CombineTied(other);
    }

    // As a stage receives it: of another shape or type it is not-a-numbers, whatever the claim.
    private Tensor Activation(ExhibitKind kind, int m) => _admission.AdmitActivation(_shown.Share(Needed(kind, m)!));

    private Exhibit? Needed(ExhibitKind kind, int m = 0) =>
        _hearing.Needed.FirstOrDefault(exhibit => exhibit.Key == new ExhibitKey(Block, kind, m));

    private Tensor Tokens(int m) => _tokens.Inputs(m).MovedTo(_device);

    private Tensor Targets(int m) => _tokens.Targets(m).MovedTo(_device);

    /// <summary>A micro-batch in a direction.</summary>
    internal readonly record struct Piece(int MicroBatch, Direction Direction);
}
