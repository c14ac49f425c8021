using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// What a detector without copies must keep to, whatever it finds: a stage is accused by the neighbour that it sends to, and an attempt is
/// repeated because of an accusation or because holders of a block have summed different gradients, and for nothing else. What it finds is
/// compared with the run without failures (<see cref="QuietOracle"/>).
/// </summary>
internal static class DetectionOracle
{
    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CampaignCase one, CaseRun run)
    {
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            if (commit.Verdicts.FirstOrDefault(verdict => !IsOfNeighbour(verdict)) is { } far)
                return $"iteration {commit.Iteration}: stage {far.NoticedBy} accuses stage {far.Suspect} {far.Direction}, which sends it nothing";
            var accused = commit.Verdicts.Select(verdict => verdict.Attempt).Distinct().Order().ToList();
            var isRepeated = one.Plan.Defence.Rule.JudgesBetweenPasses;
            if (isRepeated ? accused.Count + commit.Disagreements != commit.Attempts - 1 || accused.Contains(commit.Attempts - 1) : commit.Attempts != 1)
                return $"iteration {commit.Iteration} took {commit.Attempts} attempts, with accusations in {string.Join(", ", accused)}";
        }

        return null;
    }

    private static bool IsOfNeighbour(Verdict verdict) =>
        verdict.Suspect == verdict.NoticedBy + (verdict.Direction == Direction.Forward ? -1 : 1);
}
