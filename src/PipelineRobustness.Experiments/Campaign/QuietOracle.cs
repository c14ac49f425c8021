using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether a run comes to what the same run comes to without failures, where no plain loop says what that is: lies were committed, or a
/// detector without copies judged. Numbers, findings and the states of detectors are a function of the seed, so no death changes them.
/// </summary>
internal static class QuietOracle
{
    /// <summary>Whether it is needed: a detector judges by what it saw before.</summary>
    public static bool IsNeeded(CampaignCase one) => one.Plan.Defence is { Detector.NeedsCopy: false, Rule.Compares: true };

    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CaseRun run, CaseRun quiet)
    {
        var expected = quiet.Events.OfType<IterationCommitted>().ToDictionary(commit => commit.Iteration, Shown);
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            if (expected.GetValueOrDefault(commit.Iteration) is not { } line) return $"iteration {commit.Iteration} is committed, and is not without failures";
            if (Shown(commit) != line) return $"{Shown(commit)}, expected without failures: {line}";
        }

        foreach (var (version, state) in run.DetectorStates)
        {
            if (quiet.DetectorStates.GetValueOrDefault(version, state) != state)
                return $"at version {version} the detectors' state is another than without failures";
        }

        return run.Status == RunStatus.Done ? Final(run, quiet) : null;
    }

    /// <summary>Whether final weights, moments and loss are the same; null where they are.</summary>
    public static string? Final(CaseRun run, CaseRun quiet)
    {
        if (quiet.Status != RunStatus.Done) return $"it is done, and without failures {quiet.Status}: {quiet.Reason}";
        if (run.State != quiet.State) return "other weights or moments than without failures";
        return run.Loss == quiet.Loss ? null : $"evaluation loss {run.Loss:R}, without failures {quiet.Loss:R}";
    }

    private static string Shown(IterationCommitted commit) => CaseLine.Of(commit) + string.Concat(commit.Verdicts.Select(
        verdict => $"; {verdict.Attempt} {verdict.MicroBatch} {verdict.Direction} {verdict.Suspect} by {verdict.NoticedBy} {verdict.Distance:R}"));
}
