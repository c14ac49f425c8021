using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Results;

/// <summary>The results of an experiment, complete or so far.</summary>
/// <param name="Settings">The experiment as read.</param>
/// <param name="Command">The command line that ran it.</param>
/// <param name="Began">When it began.</param>
/// <param name="Runs">Results of the runs that have ended, in order.</param>
public sealed record ExperimentResult(
    ExperimentSettings Settings, string Command, DateTimeOffset Began, IReadOnlyList<RunResult> Runs)
{
    private readonly CleanRuns _clean = new(Settings.Runs);

    /// <summary>The state of the whole experiment: <c>running</c>, <c>done</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public string Status =>
        Runs.Any(r => r.Status == RunStatus.Interrupted) ? "interrupted"
        : Runs.Count < Settings.Runs.Count ? "running"
        : Runs.Any(r => r.Status == RunStatus.Failed) ? "failed"
        : "done";

    /// <summary>Whether a referee rules in any run.</summary>
    public bool IsRefereed => Runs.Any(run => run.Refereed is not null);

    /// <summary>The clean run that this one is compared with, which may be itself; null if there is none.</summary>
    public RunResult? CleanOf(RunResult run) =>
        _clean.Of(run.Settings) is { } name ? Runs.FirstOrDefault(r => r.Settings.Name == name) : null;

    /// <summary>Whether other runs are compared with this one.</summary>
    public bool IsClean(RunResult run) => ReferenceEquals(CleanOf(run), run);

    /// <summary>A run's perplexity divided by its clean run's; null where one of them has none.</summary>
    public double? PerplexityRatio(RunResult run) => run.Perplexity / CleanOf(run)?.Perplexity;

    /// <summary>
    /// The number of false verdicts and, where there is a referee, of false convictions, in words; those of the attack false-accusation are
    /// counted separately. Null where no run compares.
    /// </summary>
    public string? FalselyAccused
    {
        get
        {
            if (!Runs.Any(r => r.Settings.Defence.Checks)) return null;
            var elsewhere = Runs.Where(r => !r.Settings.Attack.FalseAlarms).Sum(r => r.Tally.FalseVerdicts);
            var expected = Runs.Where(r => r.Settings.Attack.FalseAlarms).Sum(r => r.Tally.FalseVerdicts);
            var judged = Runs.Where(r => r.Settings.Defence.Checks).ToLookup(r => r.Refereed is not null);
            var noun = !judged[true].Any() ? "verdict" : judged[false].Any() ? "verdict or conviction" : "conviction";
            var text = elsewhere switch { 0 => $"no false {noun}s", 1 => $"1 false {noun}", _ => $"{elsewhere} false {noun}s" };
            return expected == 0 ? text : $"{text} except {expected} from false-accusation";
        }
    }

    /// <summary>
    /// What a remedy recovered: the perplexity of the run with the same attack and no comparisons, divided by this one's.
    /// Null where there is no such run, or one of them has no perplexity.
    /// </summary>
    public double? Recovered(RunResult run)
    {
        if (!run.Settings.Attack.Any || !run.Settings.Defence.Checks)
            return null;

        var group = CleanRuns.Group(run.Settings);
        var undefended = Runs.FirstOrDefault(r => !r.Settings.Defence.Checks && AttackedAlike(r, run) && CleanRuns.Group(r.Settings) == group);
        return undefended?.Perplexity / run.Perplexity;
    }

    /// <summary>
    /// Whether a run ended with its clean run's weights, bit for bit; null if unknown, such as for an unfinished run, which may
    /// still have the clean weights that it started from.
    /// </summary>
    public bool? EqualsClean(RunResult run) => CleanOf(run) is { Status: RunStatus.Done } clean && run.Status == RunStatus.Done
        && !ReferenceEquals(run, clean) ? run.WeightsSha256 == clean.WeightsSha256 : null;

    /// <summary>Whether a run differs from its clean run only in attack and defence, so that a complete remedy gives the same bits.</summary>
    public bool DiffersByAttackOnly(RunResult run) =>
        CleanOf(run) is { } clean && CleanRuns.Group(run.Settings) == CleanRuns.Group(clean.Settings);

    private static bool AttackedAlike(RunResult one, RunResult other) =>
        one.Settings.Attack.Forward.SequenceEqual(other.Settings.Attack.Forward)
        && one.Settings.Attack.Backward.SequenceEqual(other.Settings.Attack.Backward)
        && one.Settings.Attack.Liars.SequenceEqual(other.Settings.Attack.Liars);
}
