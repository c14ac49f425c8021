using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>A piece of a block that a referee works: a micro-batch in a direction.</summary>
internal readonly record struct HeardPiece(int Block, int MicroBatch, Direction Direction);

/// <summary>
/// What the audits of a run with <c>secret = seed</c> must be about: worked out by what docs/verification.md says, not by the system's own draw.
/// </summary>
/// <param name="plan">The run.</param>
internal sealed class AuditLots(RunPlan plan)
{
    private readonly AuditSettings _audit = plan.Defence.Audit;

    private IEnumerable<int> Blocks => Enumerable.Range(0, plan.Stages);

    private IEnumerable<int> MicroBatches => Enumerable.Range(0, plan.MicroBatches);

    /// <summary>The key of an attempt; null where nothing of the kind is audited.</summary>
    public ulong? Key(AuditKind kind, long iteration, int attempt) => (kind == AuditKind.Pass ? _audit.Share : _audit.Steps) == 0
        ? null : SeededRandom.Key(plan.Seed, "audit", kind == AuditKind.Pass ? 0 : 1, iteration, attempt);

    /// <summary>Whether any part of a block's work in a pass is heard.</summary>
    public bool HasBlock(long iteration, int attempt, int block) => MicroBatches.Any(microBatch => HasPart(iteration, attempt, block, microBatch));

    /// <summary>Whether a block's sum and step are heard.</summary>
    public bool HasStep(long iteration, int attempt, int block) => Wins(Key(AuditKind.Step, iteration, attempt), "audited step", _audit.Steps, block);

    /// <summary>What a referee works of a pass before its commit: what is drawn, forward and, where that has a gradient of its input, backward.</summary>
    public IReadOnlySet<HeardPiece> OfPass(long iteration, int attempt) => Blocks
        .SelectMany(block => MicroBatches.Where(microBatch => HasPart(iteration, attempt, block, microBatch)), (block, microBatch) => (block, microBatch))
        .SelectMany(part => Pieces(part.block, part.microBatch, part.block > 0)).ToHashSet();

    /// <summary>What it works after the commit: every micro-batch of the blocks that are drawn.</summary>
    public IReadOnlySet<HeardPiece> OfStep(long iteration, int attempt) => Blocks.Where(block => HasStep(iteration, attempt, block))
        .SelectMany(block => MicroBatches.SelectMany(microBatch => Pieces(block, microBatch, isBackward: true))).ToHashSet();

    private bool HasPart(long iteration, int attempt, int block, int microBatch) =>
        Wins(Key(AuditKind.Pass, iteration, attempt), "audited part", _audit.Share, block, microBatch);

    private static bool Wins(ulong? key, string purpose, double share, params ReadOnlySpan<long> counters) =>
        key is { } drawn && SeededRandom.Unit(SeededRandom.Key(drawn, purpose, counters)) < share;

    private static IEnumerable<HeardPiece> Pieces(int block, int microBatch, bool isBackward)
    {
        yield return new(block, microBatch, Direction.Forward);
        if (isBackward) yield return new(block, microBatch, Direction.Backward);
    }
}
