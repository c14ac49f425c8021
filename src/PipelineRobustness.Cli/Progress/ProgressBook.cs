using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Cli;

/// <summary>How far an experiment has come, and how long the rest may take.</summary>
internal sealed class ProgressBook(ExperimentSettings experiment)
{
    /// <summary>All runs, in order.</summary>
    public IReadOnlyList<RunProgress> Runs { get; } = [.. experiment.Runs.Select(r => new RunProgress(r))];

    /// <summary>The run of these settings.</summary>
    public RunProgress Of(RunSettings settings) => Runs.First(r => r.Settings.Name == settings.Name);

    /// <summary>
    /// Time left at the pace so far: that of the latest run that has any, over the tokens that all runs have before
    /// them. Null before the first iteration.
    /// </summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var pace = Runs.LastOrDefault(r => r.SecondsPerToken is not null)?.SecondsPerToken;
            return pace is null ? null : TimeSpan.FromSeconds(pace.Value * Runs.Sum(r => r.Left * (double)r.Settings.TokensPerIteration));
        }
    }

    /// <summary>Takes in what happened.</summary>
    public void Note(RunSettings run, RunEvent occurrence)
    {
        if (occurrence is IterationCommitted committed)
            Of(run).Note(committed);
    }
}
