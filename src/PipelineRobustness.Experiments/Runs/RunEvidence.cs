using System.Text.RegularExpressions;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The evidence of a run's convictions: <c>evidence/RUN-ITERATION-ATTEMPT-STAGE</c>.</summary>
internal static partial class RunEvidence
{
    /// <summary>Where a run's evidence is written; null where none of its stages is convicted by a referee.</summary>
    public static IEvidence? Of(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder) => !run.Settings.Defence.Rule.IsRefereed ? null
        : new SavedEvidence(new EvidenceFolder(folder.Evidence, RunIdentity.Of(experiment, run), folder.ThrowIfLost));

    /// <summary>Deletes what an earlier run of this name has left.</summary>
    public static void Delete(PreparedRun run, ExperimentFolder folder)
    {
        folder.ThrowIfLost();
        if (!Directory.Exists(folder.Evidence))
            return;

        foreach (var conviction in Directory.GetDirectories(folder.Evidence).Where(path => IsOf(run.Settings.Name, Path.GetFileName(path))))
            Directory.Delete(conviction, recursive: true);
    }

    private static bool IsOf(string run, string name) => name.StartsWith(run + "-", StringComparison.Ordinal) && Place().IsMatch(name[run.Length..]);

    [GeneratedRegex(@"^(-[0-9]+){3}(\.[0-9]+)?\z")]
    private static partial Regex Place();

    // A refusal of the file system is one line.
    private sealed class SavedEvidence(IEvidence evidence) : IEvidence
    {
        public void Write(EvidenceBundle bundle) => NotSavedException.Try($"evidence/{bundle.Name}", () =>
        {
            evidence.Write(bundle);
            return true;
        });
    }
}
