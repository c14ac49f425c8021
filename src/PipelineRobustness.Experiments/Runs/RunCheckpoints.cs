using System.Text.RegularExpressions;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Checkpoints;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The folders of runs' checkpoints: <c>checkpoints/RUN-IDENTITY</c>, so that no run resumes from another's.</summary>
internal static partial class RunCheckpoints
{
    /// <summary>The folder of a run's checkpoints, which may not be there.</summary>
    public static string Of(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder) =>
        Of(run.Settings.Name, RunIdentity.Of(experiment, run), folder);

    /// <summary>The folder of the checkpoints of a run of this identity, which may not be there.</summary>
    public static string Of(string run, string identity, ExperimentFolder folder) => Path.Combine(folder.Checkpoints, $"{run}-{identity}");

    /// <summary>Those checkpoints, to be read.</summary>
    public static CheckpointStore Open(string run, string identity, ExperimentFolder folder) => new(Of(run, identity, folder), keep: 1);

    /// <summary>Deletes a run's own checkpoints, if there are any.</summary>
    public static void Delete(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder) =>
        Delete(folder, Of(experiment, run, folder));

    /// <summary>Deletes a run's own checkpoints, but for the newest finite one.</summary>
    public static void DeleteAllButFinite(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder)
    {
        folder.ThrowIfLost();
        var path = Of(experiment, run, folder);
        if (!new CheckpointStore(path, keep: 1).KeepNewestFinite(run.Settings.Name))
            Delete(folder, path);
    }

    /// <summary>Deletes the checkpoints of runs that had the same name and other settings or inputs.</summary>
    public static void DeleteOthers(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder)
    {
        if (!Directory.Exists(folder.Checkpoints))
            return;

        var own = Of(experiment, run, folder);
        foreach (var other in Directory.GetDirectories(folder.Checkpoints).Where(d => d != own && IsOf(run.Settings.Name, Path.GetFileName(d))))
            Delete(folder, other);
    }

    private static void Delete(ExperimentFolder folder, string path)
    {
        folder.ThrowIfLost();
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);

        if (Directory.Exists(folder.Checkpoints) && !Directory.EnumerateFileSystemEntries(folder.Checkpoints).Any())
            Directory.Delete(folder.Checkpoints);
    }

    private static bool IsOf(string run, string folder) => folder.StartsWith(run + "-", StringComparison.Ordinal) && Identity().IsMatch(folder[run.Length..]);

    [GeneratedRegex(@"^-[0-9a-f]{16}\z")]
    private static partial Regex Identity();
}
