using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>The rule after a commit: both holders of a block come to the same state. Without copies there is none.</summary>
public static class StepRules
{
    /// <summary>The blocks whose step is in dispute.</summary>
    /// <param name="ring">The pipeline.</param>
    /// <param name="own">By stage: the digest of its block's new state that it reports.</param>
    /// <param name="copy">By stage: the digest of its copy's.</param>
    public static ImmutableArray<RuleBreach> Breaches(Ring ring, IReadOnlyList<UInt128> own, IReadOnlyList<UInt128> copy)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return
        [
            .. from block in ring.Blocks
               where ring.HasCopies && own[block] != copy[ring.CopyHolderOf(block)]
               select new RuleBreach.DisputedBlock(new Dispute(block, DisputedValue.Step)),
        ];
    }
}
