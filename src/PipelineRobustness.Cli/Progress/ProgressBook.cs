using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli.Progress;

/// <summary>An experiment's progress, and an estimate of the time left.</summary>
internal sealed class ProgressBook(PreparedExperiment experiment)
{
    private readonly RunWork[] _work = [.. experiment.Runs.Select(r => RunWork.Of(r, Environment.ProcessorCount))];

    /// <summary>All runs, in order.</summary>
    public IReadOnlyList<RunProgress> Runs { get; } = [.. experiment.Runs.Select(r => new RunProgress(r.Settings))];

    /// <summary>The run of these settings.</summary>
    public RunProgress Of(RunSettings settings) => Runs.First(r => r.Settings.Name == settings.Name);

    /// <summary>
    /// The time left for all runs at the pace of the latest run that has one.
    /// Null before the first iteration.
    /// </summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var latest = Runs.Index().LastOrDefault(r => r.Item.Elapsed > TimeSpan.Zero && r.Item.Share > 0);
            if (latest.Item is not { } run)
                return null;

            var pace = run.Elapsed.TotalSeconds / (_work[latest.Index].Training * run.Share);
            var left = Runs.Index().Where(r => r.Item.Result is null)
                .Sum(r => _work[r.Index].Training * (1 - r.Item.Share) + _work[r.Index].Evaluation);
            return TimeSpan.FromSeconds(Math.Min(pace * left, TimeSpan.MaxValue.TotalSeconds / 2));
        }
    }

    /// <summary>Records an event.</summary>
    public void Note(RunSettings run, RunEvent occurrence)
    {
        if (occurrence is IterationCommitted committed)
            Of(run).Note(committed);
    }
}
