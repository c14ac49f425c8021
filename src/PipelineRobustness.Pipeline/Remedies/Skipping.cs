using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// The paper's skip layers. With m accused and e = m + 1 the stage that noticed, the iteration is repeated without
/// stages e - Before .. e, and blocks e - Before - 1 .. e are not updated, both within 1..K-2: the lowest skipped stage
/// holds the copy of the block before it, which gets no gradient, and freezing keeps original and copy alike.
/// Several verdicts, and those of earlier passes of the attempt, add up. Where they add nothing (the last stage, which is
/// never skipped, stands accused) a repetition would be the same pass for ever: the iteration is begun anew.
/// </summary>
internal static class Skipping
{
    public static Judgement Judge(Evidence evidence, int before)
    {
        var skipped = evidence.Skipped.Union(Around(evidence, before));
        return skipped.Count > evidence.Skipped.Count
            ? new Judgement.RepeatWithout(skipped, evidence.Frozen.Union(Around(evidence, before + 1)))
            : new Judgement.NewAttempt($"accused: {string.Join(", ", evidence.Suspects)}, and nobody is left to skip");
    }

    private static ImmutableSortedSet<int> Around(Evidence evidence, int before) =>
    [
        .. from accused in evidence.Suspects
           let noticed = accused + 1
           from stage in Enumerable.Range(noticed - before, before + 1)
           where stage >= 1 && stage <= evidence.Stages - 2
           select stage,
    ];
}
