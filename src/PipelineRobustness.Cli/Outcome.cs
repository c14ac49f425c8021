using System.Globalization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli;

/// <summary>What came of things, in one line each.</summary>
internal static class Outcome
{
    private const int NamedMax = 20;

    /// <summary>A run's end.</summary>
    public static string Of(RunResult run) => run.Status switch
    {
        RunStatus.Done => $"perplexity {Short(run)}",
        RunStatus.Failed => $"failed: {run.Reason}",
        _ => run.Reason ?? "interrupted",
    };

    /// <summary>A run's perplexity, or in a word why there is none.</summary>
    public static string Short(RunResult run) => run.Status == RunStatus.Done
        ? Amount.Measure(run.Diverged ? double.NaN : run.Perplexity)
        : run.StatusName;

    /// <summary>A long wait, since a time of the user's own day.</summary>
    public static string Of(WaitReported wait, TimeProvider clock) =>
        $"{wait.Who} has waited since {TimeZoneInfo.ConvertTime(wait.Since, clock.LocalTimeZone):HH:mm:ss} for {wait.What}";

    /// <summary>Something that broke, or was mended; null where an event tells of neither.</summary>
    public static string? OfTrouble(RunEvent occurrence) => occurrence switch
    {
        RecoveryBegan began => $"{began.Reason}; recovering after iteration {began.Version}",
        RecoveryEnded ended => string.Create(
            CultureInfo.InvariantCulture, $"goes on behind iteration {ended.Version} after {ended.Took.TotalSeconds:0.0} s: {ended.How}"),
        CheckpointWritten { Trouble: { } trouble } => $"checkpoints: {trouble}",
        _ => null,
    };

    /// <summary>The last line: what it was all worth.</summary>
    public static string Of(ExperimentResult experiment)
    {
        var parts = new List<string> { $"{experiment.Runs.Count(r => r.Status == RunStatus.Done)} of {experiment.Settings.Runs.Count} runs done" };
        Add(parts, "failed", experiment.Runs.Where(r => r.Status == RunStatus.Failed));
        Add(parts, "interrupted", experiment.Runs.Where(r => r.Status == RunStatus.Interrupted));
        Add(parts, "bit for bit the clean run's weights", experiment.Runs.Where(r => experiment.EqualsClean(r) == true));
        parts.Add(experiment.FalselyAccused);
        return string.Join("; ", parts);
    }

    /// <summary>The run that took most memory, against its plan; null where nothing was measured.</summary>
    public static string? Memory(ExperimentResult experiment)
    {
        if (experiment.Runs.Where(r => r.PeakMemory is not null).MaxBy(r => r.PeakMemory) is not { } most)
            return null;

        var whose = most.PeakIsOfRun ? $"run {most.Settings.Name}" : $"the whole process until the end of run {most.Settings.Name}";
        return $"peak memory: {Amount.Bytes(most.PeakMemory!.Value)} above what there was before the model was loaded ({whose}); "
            + $"planned {Amount.Bytes(most.PlannedMemory!.Value)}, runtime and buffers under way not counted";
    }

    /// <summary>The exit code.</summary>
    public static int ExitCodeOf(ExperimentResult experiment) =>
        experiment.Runs.Any(r => r.Status == RunStatus.Interrupted) ? ExitCode.Interrupted
        : experiment.Runs.Any(r => r.Status == RunStatus.Failed) ? ExitCode.Failed
        : ExitCode.Done;

    private static void Add(List<string> parts, string what, IEnumerable<RunResult> runs)
    {
        var names = runs.Select(r => r.Settings.Name).ToList();
        if (names.Count > 0)
            parts.Add($"{what}: {(names.Count > NamedMax ? $"{names.Count} runs" : string.Join(", ", names))}");
    }
}
