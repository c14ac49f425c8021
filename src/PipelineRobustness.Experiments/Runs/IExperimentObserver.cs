using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>Watches an experiment as it goes. Called from several threads, one at a time; must be quick.</summary>
public interface IExperimentObserver
{
    /// <summary>A run begins.</summary>
    void Began(RunSettings run);

    /// <summary>Something happened in a run.</summary>
    void Happened(RunSettings run, RunEvent occurrence);

    /// <summary>A run ended, or will never begin.</summary>
    void Ended(RunResult result);
}
