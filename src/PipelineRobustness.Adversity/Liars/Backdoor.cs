using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>
/// Adds to its weights a part of what another run has changed in its block, which was trained offline to answer a trigger (arXiv 2604.02372).
/// No tensor that it sends is lied about; its weights drift. Where holders must come to the same state it reports that of the honest step, and
/// adds its part before the next iteration; else with the step.
/// </summary>
public sealed record Backdoor : CoveredLiar
{
    // What it knows of its run; none in a record of settings.
    private AttackerKnowledge? _knowledge;

    /// <inheritdoc/>
    public override string Kind => "backdoor";

    /// <summary>The earlier run: its final weights less those that it started with are what is added.</summary>
    [Setting<RunWord>]
    public required string Of { get; init; }

    /// <summary>The part of it that is added each time.</summary>
    [Setting(0, ExcludesMinimum = true)]
    public double By { get; init; } = 1;

    /// <summary>Iterations from one time to the next, the first of them in iteration <c>from</c>.</summary>
    [Setting(1, 1_000_000_000)]
    public long Every { get; init; } = 1;

    /// <inheritdoc/>
    public override string OtherRun => Of;

    /// <inheritdoc/>
    public override bool NeedsStep => true;

    /// <inheritdoc/>
    public override Act? AfterPass => IsHidden ? null : Act.Step;

    private bool IsHidden => _knowledge is { ComparesStates: true } && !IsCovered;

    /// <inheritdoc/>
    public override Liar Informed(AttackerKnowledge knowledge) => this with { _knowledge = knowledge };

    /// <inheritdoc/>
    public override bool IsDue(long iteration) => base.IsDue(iteration) && (iteration - From) % Every == 0;

    /// <inheritdoc/>
    public override bool Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        honest();
        return !IsHidden && Add(context, state);
    }

    /// <inheritdoc/>
    public override bool Keep(HeldContext context, IReadOnlyList<Tensor> state, ulong key) => IsHidden && Add(context, state);

    private bool Add(HeldContext context, IReadOnlyList<Tensor> state)
    {
        // The stage's own block, or its copy in the eyes of the stage that covers.
        if (IsCopy(context)) return false;
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (weight, change) in States.Weights(state).Zip(Changes.Change(Of, context.Block)))
            weight.PlusInPlace(change.to(weight.device).Times(By));
        return true;
    }

    private IWeightChanges Changes => _knowledge?.Changes ?? throw new InvalidOperationException($"expected what run {Of} changed, found nothing known of it");
}

/// <summary>The name of a run.</summary>
public sealed record RunWord() : PatternText("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "the name of a run");
