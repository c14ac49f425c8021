using System.Globalization;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli;

/// <summary>Results and events in one line each.</summary>
internal static class ResultText
{
    private const int NamedMax = 20;

    /// <summary>How a run ended.</summary>
    public static string Of(RunResult run) => run.Status switch
    {
        RunStatus.Done => $"perplexity {Short(run)}",
        RunStatus.Failed => $"failed: {run.Reason}",
        _ => run.Reason ?? "interrupted",
    };

    /// <summary>A run's perplexity, or a word for why it has none.</summary>
    public static string Short(RunResult run) => run.Status == RunStatus.Done
        ? Amount.Measure(run.Diverged ? double.NaN : run.Perplexity)
        : run.ShownStatus;

    /// <summary>A long wait, with its start in the user's time zone.</summary>
    public static string Of(WaitReported wait, TimeProvider clock) =>
        $"{wait.Who} has waited since {TimeZoneInfo.ConvertTime(wait.Since, clock.LocalTimeZone):HH:mm:ss} for {wait.What}";

    /// <summary>A failure, a recovery, a ruling, a node that is left out or a number that is not finite; null for other events.</summary>
    public static string? OfFailure(RunEvent occurrence) => occurrence switch
    {
        RecoveryBegan { GoesBack: true } began => $"goes back to the last finite version, after iteration {began.Version}",
        RecoveryBegan began => $"{began.Reason}; recovering after iteration {began.Version}",
        RecoveryEnded ended => string.Create(
            CultureInfo.InvariantCulture, $"resumes after iteration {ended.Version}, recovered in {ended.Took.TotalSeconds:0.0} s: {ended.How}"),
        NumberNotFinite found => found.Text,
        NodeLeftOut node => node.Text,
        MessageRefused refused => refused.Text,
        RulingMade made => RulingText.Of(made.Ruling),
        CheckpointWritten { Error: { } error } => $"checkpoints: {error}",
        _ => null,
    };

    /// <summary>The last line: a summary.</summary>
    public static string Of(ExperimentResult experiment)
    {
        var parts = new List<string> { $"{experiment.Runs.Count(r => r.Status == RunStatus.Done)} of {experiment.Settings.Runs.Count} runs done" };
        Add(parts, "failed", experiment.Runs.Where(r => r is { Status: RunStatus.Failed, IsBegun: true }));
        Add(parts, "interrupted", experiment.Runs.Where(r => r is { Status: RunStatus.Interrupted, IsBegun: true }));
        Add(parts, "not begun", experiment.Runs.Where(r => !r.IsBegun));
        Add(parts, "bit for bit the clean run's weights", experiment.Runs.Where(r => experiment.EqualsClean(r) == true));
        if (experiment.FalselyAccused is { } accused) parts.Add(accused);
        return string.Join("; ", parts);
    }

    /// <summary>The run that used the most memory, and its plan; null if nothing was measured.</summary>
    public static string? Memory(ExperimentResult experiment)
    {
        if (experiment.Runs.Where(r => r.PeakMemory is not null).MaxBy(r => r.PeakMemory) is not { } most)
            return null;

        var whose = most.PeakIsOfRun ? $"run {most.Settings.Name}" : $"the whole process until the end of run {most.Settings.Name}";
        return $"peak memory: {Amount.Bytes(most.PeakMemory!.Value)} above what was in use before the model was loaded ({whose}); "
            + $"planned {Amount.Bytes(most.PlannedMemory!.Value)}, without the runtime and operations' buffers";
    }

    /// <summary>The exit code.</summary>
    /// <param name="experiment">The results.</param>
    /// <param name="trouble">Why the report could not be written; null if it was.</param>
    public static int ExitCodeOf(ExperimentResult experiment, string? trouble = null) =>
        experiment.Runs.Any(r => r.Status == RunStatus.Interrupted) ? ExitCode.Interrupted
        : trouble is not null || experiment.Runs.Any(r => r.Status == RunStatus.Failed) ? ExitCode.Failed
        : ExitCode.Done;

    private static void Add(List<string> parts, string what, IEnumerable<RunResult> runs)
    {
        var names = runs.Select(r => r.Settings.Name).ToList();
        if (names.Count > 0)
            parts.Add($"{what}: {(names.Count > NamedMax ? $"{names.Count} runs" : string.Join(", ", names))}");
    }
}
