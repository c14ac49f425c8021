using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.League;

/// <summary>What a cell checks and sends, by arithmetic.</summary>
internal static class CellCost
{
    /// <summary>
    /// Values that were judged: in each attempt those of all micro-batches that a stage compares or looks at or, where there is a referee,
    /// the outputs and gradients that all stages state, and what was audited.
    /// </summary>
    public static long Checks(PreparedRun run, long attempts, AuditCount audits)
    {
        var (stages, defence) = (run.Settings.Pipeline.Stages, run.Settings.Defence);
        var plan = new PassPlan(stages, defence.Copies, []);
        var detector = defence.Inspecting;
        var compared = ((Direction[])[Direction.Forward, Direction.Backward]).Sum(direction => plan.Checkers(detector, direction).Count());
        var stated = defence.Rule.IsRefereed && defence.Copies == CopyPlacement.Ring ? 2 * stages : 0;
        return (attempts * run.Settings.Training.MicroBatches * (compared + stated)) + audits.Parts + audits.Steps;
    }

    /// <summary>Bytes that stages send each other in all attempts and, for each micro-batch that is audited, its input and gradient.</summary>
    public static long Bytes(PreparedRun run, long attempts, AuditCount audits)
    {
        var training = run.Settings.Training;
        var boundary = (long)training.MicroBatchSize * training.SequenceLength * run.Model.Hidden * sizeof(float);
        return (attempts * StageCost.Of(run.Settings, run.Model).Sum(stage => stage.Sent + stage.Jumped + stage.Tied)) + (2 * boundary * audits.Parts);
    }
}
