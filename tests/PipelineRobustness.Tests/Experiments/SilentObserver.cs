using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

internal sealed class SilentObserver : IExperimentObserver
{
    public void Began(RunSettings run)
    {
    }

    public void Happened(RunSettings run, RunEvent occurrence)
    {
    }

    public void Ended(RunResult result)
    {
    }
}
