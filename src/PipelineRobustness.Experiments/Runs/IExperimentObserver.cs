using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Watches an experiment as it goes. Called from several threads, one at a time; must be quick.</summary>
public interface IExperimentObserver
{
    /// <summary>A run begins.</summary>
    void Began(RunSettings run);

    /// <summary>A run that has just begun resumes where it was, with what is recorded of it; no event of that is reported again.</summary>
    /// <param name="run">The run.</param>
    /// <param name="iterations">Iterations committed.</param>
    /// <param name="verdicts">Verdicts in them.</param>
    /// <param name="trained">Time spent on them.</param>
    void Resumes(RunSettings run, long iterations, long verdicts, TimeSpan trained)
    {
    }

    /// <summary>Something happened in a run.</summary>
    void Happened(RunSettings run, RunEvent occurrence);

    /// <summary>A run ended, or will never begin.</summary>
    void Ended(RunResult result);
}
