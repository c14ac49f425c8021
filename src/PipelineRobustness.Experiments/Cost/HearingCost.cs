using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Cost;

/// <summary>What a hearing takes on the server's machine while it lasts, by arithmetic, in bytes.</summary>
public static class HearingCost
{
    /// <summary>
    /// Of the block that takes most: its state as each holder shows it, the block that the referee restores from it, its gradients, and the
    /// graph of one micro-batch. 0 where no referee is asked. Activations of the pass are gone, but of their memory little is of use: it
    /// is in pieces that are smaller than a weight.
    /// </summary>
    public static long Of(RunSettings run, ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        if (!run.Defence.Rule.IsRefereed) return 0;
        var holders = run.Defence.Copies == CopyPlacement.None ? 1 : 2;
        var tokens = (long)run.Training.MicroBatchSize * run.Training.SequenceLength;
        return Cut.Balanced(model, run.Pipeline.Stages).Max(block =>
            ((holders + 1) * BlockState.BytesOf(model, block))
            + (sizeof(float) * (Cut.Parameters(model, block) + (tokens * StoredActivations.Graph(model, block)))));
    }
}
