using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Cli;

/// <summary>How many runs an experiment is, and how long they may take.</summary>
internal static class ExpectedTime
{
    /// <summary>The line that says it, from a short trial on this machine.</summary>
    public static string Of(PreparedExperiment experiment, EarlierResults before, TimeProvider clock)
    {
        var left = experiment.Runs.Where(r => !before.Runs.ContainsKey(r.Settings.Name)).ToList();
        var done = before.Runs.Count == 0 ? "" : $" ({before.Runs.Count} done before{(before.OtherVersions ? ", with other versions" : "")})";
        var anew = before.Changed.Count == 0 ? "" : $"; worked again, since settings, text or weights have changed: {string.Join(", ", before.Changed)}";
        var expected = Pace.Expected(left, clock, Environment.ProcessorCount);
        var time = left.Count == 0 ? "nothing left to do"
            : expected is { } known ? $"{Told(known)} at the pace of this machine (a trial of a moment; told anew as runs end)"
            : "too large to tell a time by a trial of a moment; its first iterations tell";
        return $"{experiment.Runs.Count} {(experiment.Runs.Count == 1 ? "run" : "runs")}{done}: {time}{anew}";
    }

    private static string Told(TimeSpan time) => time < TimeSpan.FromSeconds(1) ? "a moment" : $"about {Amount.Time(time)}";
}
