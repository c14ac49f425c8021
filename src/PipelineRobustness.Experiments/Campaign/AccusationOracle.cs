using PipelineRobustness.Adversity;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Who must stand accused in an iteration, and how many attempts it must take: by who lies in which attempt, which is a function of
/// the seed, and by what each remedy promises. A replay is no attempt, and changes nothing of it.
/// </summary>
internal static class AccusationOracle
{
    /// <summary>What is not so; null where all is.</summary>
    public static string? Untrue(CampaignCase one, CaseRun run)
    {
        var adversary = one.Adversary;
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            var (attempts, accused) = Expected(one, adversary, commit.Iteration);
            if (commit.Attempts != attempts) return $"iteration {commit.Iteration} took {commit.Attempts} attempts, expected {attempts}";
            var told = commit.Verdicts.Select(v => (v.Attempt, v.Direction, v.Suspect)).ToHashSet();
            if (!told.SetEquals(accused)) return $"iteration {commit.Iteration} accuses {Shown(told)}, expected {Shown(accused)}";
        }

        return null;
    }

    private static (int Attempts, HashSet<(int Attempt, Direction Direction, int Suspect)> Accused) Expected(
        CampaignCase one, Adversary adversary, long iteration)
    {
        var accused = new HashSet<(int, Direction, int)>();
        if (one.Plan.Defence.Remedy == CampaignDraw.Off) return (1, accused);
        for (var attempt = 0; ; attempt++)
        {
            var forward = adversary.Strikers(Direction.Forward, iteration, attempt);
            // Restart judges the forward pass first; who would lie backward does not come to it.
            var backward = one.Plan.Defence.Remedy == CampaignDraw.Restart && forward.Count > 0 ? [] : adversary.Strikers(Direction.Backward, iteration, attempt);
            accused.UnionWith(forward.Select(stage => (attempt, Direction.Forward, stage)));
            accused.UnionWith(backward.Select(stage => (attempt, Direction.Backward, stage)));
            // One lies at most in a direction, and the copy takes over from him.
            if (one.Plan.Defence.Remedy != CampaignDraw.Restart || (forward.Count == 0 && backward.Count == 0)) return (attempt + 1, accused);
        }
    }

    private static string Shown(IEnumerable<(int Attempt, Direction Direction, int Suspect)> accused) =>
        string.Join(", ", accused.Order().Select(a => $"stage {a.Suspect} {a.Direction} in attempt {a.Attempt}")) is { Length: > 0 } some ? some : "nobody";
}
