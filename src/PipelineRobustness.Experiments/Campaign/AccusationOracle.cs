using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Which stages must be suspects in an iteration, and how many attempts it must take: from the attackers of each attempt, which are a
/// function of the seed, and from what each remedy promises. A retry after a failure is not a new attempt and changes neither.
/// </summary>
internal static class AccusationOracle
{
    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CampaignCase one, CaseRun run)
    {
        var adversary = one.Adversary;
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            var (attempts, expected) = Expected(one, adversary, commit.Iteration);
            if (commit.Attempts != attempts) return $"iteration {commit.Iteration} took {commit.Attempts} attempts, expected {attempts}";
            var suspects = commit.Verdicts.Select(v => new Accusation(v.Attempt, v.Direction, v.Suspect)).ToHashSet();
            if (!suspects.SetEquals(expected)) return $"iteration {commit.Iteration} accuses {Shown(suspects)}, expected {Shown(expected)}";
        }

        return null;
    }

    private static (int Attempts, HashSet<Accusation> Accusations) Expected(CampaignCase one, Adversary adversary, long iteration)
    {
        var accusations = new HashSet<Accusation>();
        var remedy = one.Plan.Defence.Rule;
        if (!remedy.Compares) return (1, accusations);
        for (var attempt = 0; ; attempt++)
        {
            var forward = adversary.Drawn(Direction.Forward, iteration, attempt);
            // If the forward pass already has a verdict, a backward attacker never attacks.
            var backward = remedy.JudgesBetweenPasses && forward.Count > 0 ? [] : adversary.Drawn(Direction.Backward, iteration, attempt);
            accusations.UnionWith(forward.Select(stage => new Accusation(attempt, Direction.Forward, stage)));
            accusations.UnionWith(backward.Select(stage => new Accusation(attempt, Direction.Backward, stage)));
            // A case has at most one attacker per direction, and the copy's value replaces the attacker's.
            if (remedy.KeepsCopyValues || (forward.Count == 0 && backward.Count == 0)) return (attempt + 1, accusations);
        }
    }

    private static string Shown(IEnumerable<Accusation> accusations) =>
        string.Join(", ", accusations.OrderBy(a => (a.Attempt, a.Direction, a.Suspect))
            .Select(a => $"stage {a.Suspect} {a.Direction} in attempt {a.Attempt}")) is { Length: > 0 } some ? some : "no stage";

    private readonly record struct Accusation(int Attempt, Direction Direction, int Suspect);
}
