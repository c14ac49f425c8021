using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Cli;

/// <summary>How many runs an experiment has, and how long they may take.</summary>
internal static class ExpectedTime
{
    /// <summary>The line to print, from a short trial on this machine.</summary>
    public static string Of(PreparedExperiment experiment, EarlierResults before, TimeProvider clock)
    {
        string Changed(string run) => before.Differences.TryGetValue(run, out var differences) ? $"{run} ({differences})" : run;
        var left = experiment.Runs.Where(r => !before.Runs.ContainsKey(r.Settings.Name)).ToList();
        var done = before.Runs.Count == 0 ? "" : $" ({before.Runs.Count} done earlier{(before.OtherVersions ? ", with other versions" : "")})";
        var changed = string.Join(", ", before.Changed.Select(Changed));
        var repeated = changed.Length == 0 ? "" : $"; repeated, since settings, text or weights have changed: {changed}";
        var expected = Pace.Expected(left, clock, Environment.ProcessorCount);
        var time = left.Count == 0 ? "nothing is left to do"
            : expected is { } known ? $"{Text(known)} at this machine's pace (from a short trial; updated as runs end)"
            : "too large to estimate by a short trial; the first iterations will show";
        return $"{experiment.Runs.Count} {(experiment.Runs.Count == 1 ? "run" : "runs")}{done}: {time}{repeated}";
    }

    private static string Text(TimeSpan time) => time < TimeSpan.FromSeconds(1) ? "a moment" : $"about {Amount.Time(time)}";
}
