using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Schedules;

/// <summary>A stage's share of a training pass: the work for which a schedule gives the order.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Stages">How many stages there are.</param>
/// <param name="MicroBatches">How many micro-batches.</param>
/// <param name="Copied">The block whose copy the stage computes: that of the stage before it or, on stage 0, the last; null for none.</param>
/// <param name="ChecksActivations">Whether received activations are inspected without a copy, each before it is used.</param>
/// <param name="ChecksGradients">Whether received gradients are inspected, each before it is used.</param>
/// <param name="IsGated">Whether the server judges the forward pass before backward may begin.</param>
public readonly record struct StageShare(
    int Stage, int Stages, int MicroBatches, int? Copied = null, bool ChecksActivations = false, bool ChecksGradients = false, bool IsGated = false)
{
    /// <summary>
    /// Whether the copy is of the last block, on stage 0: its input arrives after the own forward work, and its gradient is sent before
    /// the own backward work.
    /// </summary>
    public bool CopiesLast => Copied > Stage;

    /// <summary>The share of a stage in a pass.</summary>
    /// <param name="plan">Which stages take part.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="microBatches">How many micro-batches.</param>
    /// <param name="detector">The detector; null if nothing is inspected.</param>
    /// <param name="isGated">Whether the server judges the forward pass.</param>
    public static StageShare Of(PassPlan plan, int stage, int microBatches, IDetector? detector, bool isGated)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(
            stage,
            plan.Stages,
            microBatches,
            plan.CopyComputedBy(stage),
            detector is { NeedsCopy: false } && plan.Checks(detector, Direction.Forward, stage),
            plan.Checks(detector, Direction.Backward, stage),
            isGated);
    }
}
