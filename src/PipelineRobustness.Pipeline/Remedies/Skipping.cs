using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// What the paper's two skips share. With m the suspect and e = m + 1 the stage that noticed, the iteration is repeated without
/// stages e - before .. e, and blocks e - before - 1 .. e are not updated, both within 1..K-2: the lowest skipped stage
/// holds the copy of the block before it, which gets no gradient, and freezing keeps original and copy alike.
/// Several verdicts, and those of earlier passes of the attempt, add up. If they add nothing (the suspect is the last stage, which is
/// never skipped) a repetition would be the same pass forever, so a new attempt begins.
/// </summary>
internal static class Skipping
{
    public static Judgement Judge(Evidence evidence, int before)
    {
        var skipped = evidence.Skipped.Union(Around(evidence, before));
        return skipped.Count > evidence.Skipped.Count
            ? new Judgement.RepeatWithout(skipped, evidence.Frozen.Union(Around(evidence, before + 1)))
            : new Judgement.NewAttempt($"suspects: {string.Join(", ", evidence.Suspects)}, and no stage is left to skip");
    }

    /// <summary>One more pass if a stage is not honest.</summary>
    public static double ExpectedPasses(double clean) => 2 - clean;

    public static string Summary(RemedyTally tally) =>
        $"Iterations with a verdict were repeated without the suspects: stages were left out {tally.Skipped} times, "
        + $"and blocks were not updated {tally.Frozen} times.";

    private static ImmutableSortedSet<int> Around(Evidence evidence, int before) =>
    [
        .. from suspect in evidence.Suspects
           let noticed = suspect + 1
           from stage in Enumerable.Range(noticed - before, before + 1)
           where stage >= 1 && stage <= evidence.Stages - 2
           select stage,
    ];
}
