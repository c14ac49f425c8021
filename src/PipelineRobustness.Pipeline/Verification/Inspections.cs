using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>What a stage inspects with its <see cref="IDetector"/>, pass by pass.</summary>
/// <param name="stage">The stage.</param>
/// <param name="plan">The run.</param>
internal sealed class Inspections(int stage, RunPlan plan)
{
    // The current pass, by direction; the first message of the next pass replaces an abandoned one.
    private readonly Inspection?[] _current = new Inspection?[2];

    /// <summary>Inspects a value.</summary>
    /// <returns>The answer to the stage and, once the direction of the pass is complete, the report to the server.</returns>
    public (Inspected Answer, PassChecked? Report) Inspect(Inspect value)
    {
        using (value)
        {
            var inspection = Of(value);
            return (new Inspected(value.Work, value.Direction, value.MicroBatch, inspection.Rejects(value)), ReportOf(inspection));
        }
    }

    /// <summary>Counts a micro-batch that cannot be inspected.</summary>
    /// <returns>The report to the server, once the direction of the pass is complete.</returns>
    public PassChecked? Skip(InspectionSkipped skipped)
    {
        var inspection = Of(skipped);
        inspection.Skip();
        return ReportOf(inspection);
    }

    private PassChecked? ReportOf(Inspection inspection) => inspection.MicroBatches == plan.MicroBatches ? inspection.Report() : null;

    private Inspection Of(IInspectionMessage message)
    {
        ref var current = ref _current[(int)message.Direction];
        if (current?.Work != message.Work)
            current = new Inspection(plan.Detector, plan.Stages, stage, message.Work, message.Direction, message.Committed);
        return current;
    }
}
