using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>What came of an experiment, whole or so far.</summary>
/// <param name="Settings">The experiment as read.</param>
/// <param name="Command">The command line that ran it.</param>
/// <param name="Began">When it began.</param>
/// <param name="Runs">Results of the runs that have ended, in order.</param>
public sealed record ExperimentResult(
    ExperimentSettings Settings, string Command, DateTimeOffset Began, IReadOnlyList<RunResult> Runs)
{
    /// <summary>The run that the others are held against, where there is one of this name.</summary>
    public const string CleanName = "clean";

    /// <summary>The clean run's result, or null.</summary>
    public RunResult? Clean => Runs.FirstOrDefault(r => r.Settings.Name == CleanName);

    /// <summary>How the experiment as a whole stands: <c>running</c>, <c>done</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public string Status =>
        Runs.Any(r => r.Status == RunStatus.Interrupted) ? "interrupted"
        : Runs.Count < Settings.Runs.Count ? "running"
        : Runs.Any(r => r.Status == RunStatus.Failed) ? "failed"
        : "done";

    /// <summary>A run's perplexity over the clean run's; null where one of them has none.</summary>
    public double? PerplexityRatio(RunResult run) => run.Perplexity / Clean?.Perplexity;

    /// <summary>
    /// Whether a run came to the clean run's weights, bit for bit; null where that cannot be said, as of a run that did not
    /// come to its end: what it holds may well be the clean weights that it started from.
    /// </summary>
    public bool? EqualsClean(RunResult run) => Clean is { Status: RunStatus.Done } clean && run.Status == RunStatus.Done
        && !ReferenceEquals(run, clean) ? run.WeightsSha256 == clean.WeightsSha256 : null;

    /// <summary>Whether a run differs from the clean one in nothing but attack and defence, so that a whole remedy gives its bits.</summary>
    public bool DiffersByAttackOnly(RunResult run) => Clean is { Settings: var clean }
        && run.Settings with { Name = clean.Name, Attack = clean.Attack, Defence = clean.Defence, Effective = clean.Effective } == clean;
}
