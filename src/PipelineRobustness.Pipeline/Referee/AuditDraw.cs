using System.Collections.Immutable;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What is audited.</summary>
public enum AuditKind
{
    /// <summary>What stages gave in a pass, before its commit.</summary>
    Pass,

    /// <summary>The steps of blocks, after it.</summary>
    Step,
}

/// <summary>
/// Which work is audited: a function of a key, which is drawn for each attempt when all statements are in. Each lot is drawn alone, so
/// that how many there are tells nothing of which.
/// </summary>
public static class AuditDraw
{
    /// <summary>The key that follows from a run's seed: every member can work it out.</summary>
    public static ulong PublicKey(ulong seed, AuditKind kind, long iteration, int attempt) =>
        SeededRandom.Key(seed, "audit", (long)kind, iteration, attempt);

    /// <summary>Whether a stage's work on a micro-batch is audited.</summary>
    /// <param name="key">The attempt's key.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="microBatch">The micro-batch.</param>
    /// <param name="share">The probability.</param>
    public static bool HasPart(ulong key, int stage, int microBatch, double share) =>
        SeededRandom.Unit(SeededRandom.Key(key, "audited part", stage, microBatch)) < share;

    /// <summary>Whether a block's step is audited.</summary>
    /// <param name="key">The attempt's key.</param>
    /// <param name="block">The block.</param>
    /// <param name="share">The probability.</param>
    public static bool HasStep(ulong key, int block, double share) => SeededRandom.Unit(SeededRandom.Key(key, "audited step", block)) < share;

    /// <summary>What is heard of a pass: of each part that is drawn the output and, where it gives one, the gradient of its input.</summary>
    /// <param name="key">The attempt's key.</param>
    /// <param name="ring">The pipeline.</param>
    /// <param name="share">The probability of each part.</param>
    public static ImmutableArray<Dispute> Parts(ulong key, Ring ring, double share)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return
        [
            .. from block in ring.Blocks
               from microBatch in Enumerable.Range(0, ring.MicroBatches)
               where HasPart(key, block, microBatch, share)
               from value in Ring.HasInputGradient(block) ? (DisputedValue[])[DisputedValue.Output, DisputedValue.InputGradient] : [DisputedValue.Output]
               select new Dispute(block, value, microBatch),
        ];
    }

    /// <summary>The blocks whose step is heard.</summary>
    /// <param name="key">The attempt's key.</param>
    /// <param name="ring">The pipeline.</param>
    /// <param name="share">The probability of each block.</param>
    public static ImmutableArray<int> Steps(ulong key, Ring ring, double share)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return [.. ring.Blocks.Where(block => HasStep(key, block, share))];
    }
}

/// <summary>The keys by which an iteration's audits were drawn.</summary>
/// <param name="Pass">That of the committed attempt's pass; null where none was drawn.</param>
/// <param name="Step">That of the step; null where none was drawn.</param>
public readonly record struct AuditKeys(ulong? Pass, ulong? Step)
{
    /// <summary>Whether anything was drawn.</summary>
    public bool Any => Pass is not null || Step is not null;
}
