using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What a stage states about a pass: for each micro-batch what it was sent and what it made of it, as the owner of its block and as
/// the holder of the copy of the one before; and what each of the two added up. Without copies it states nothing of one.
/// </summary>
/// <param name="Stage">The stage.</param>
/// <param name="Forward">By micro-batch.</param>
/// <param name="Backward">By micro-batch.</param>
/// <param name="Own">Of its own block.</param>
/// <param name="Copy">Of the copy; without copies <see cref="BlockSums.None"/>.</param>
public sealed record Statement(
    int Stage, ImmutableArray<ForwardClaims> Forward, ImmutableArray<BackwardClaims> Backward, BlockSums Own, BlockSums Copy)
{
    /// <summary>What is missing, or stated where there is nothing to state, in words; null where the statement is complete.</summary>
    public string? Fault(Ring ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (Forward.Length != ring.MicroBatches || Backward.Length != ring.MicroBatches)
            return $"expected {ring.MicroBatches} micro-batches, found {Forward.Length} forward and {Backward.Length} backward";
        var (isFirst, isLast, copiesInput) = (Stage == 0, Stage == ring.Last, ring.CopiesInput(Stage));
        if (Forward.Any(m => Unlike(m.Came, !isFirst) || Unlike(m.Jumped, copiesInput))) return "expected the inputs of its own block and of its copy";
        if (Backward.Any(m => Unlike(m.Came, !isLast) || Unlike(m.Sent, !isFirst) || Unlike(m.Copy, copiesInput)))
            return "expected the gradients that it was sent, that it sent, and that its copy gave";
        return Own.Fault(ring, Stage, waits: true) ?? (ring.HasCopies ? Copy.Fault(ring, ring.CopiedBy(Stage), waits: !isFirst) : FaultWithoutCopy());
    }

    /// <summary>What the stage, an end of a link, states about it.</summary>
    public Claim? Over(StageLink link, int? microBatch, Ring ring) => Stage == link.From ? SentOver(link, microBatch) : CameOver(link, microBatch, ring);

    /// <summary>What it states that it sent over a link.</summary>
    internal Claim? SentOver(StageLink link, int? microBatch) => link switch
    {
        { Link: Link.Tied } => Own.Part,
        { Direction: Direction.Forward } => Forward[microBatch!.Value].Sent,
        _ => Backward[microBatch!.Value].Sent,
    };

    /// <summary>What it states that it was sent over a link.</summary>
    internal Claim? CameOver(StageLink link, int? microBatch, Ring ring) => link switch
    {
        { Link: Link.Tied } => (link.To == ring.Last || link.From == ring.Last && link.To == 0 ? Own : Copy).Other,
        { Link: Link.Jump } => Forward[microBatch!.Value].Jumped,
        { Direction: Direction.Forward } => Forward[microBatch!.Value].Came,
        _ => Backward[microBatch!.Value].Came,
    };

    private string? FaultWithoutCopy() => Copy.IsNone && Forward.All(m => m.Copy == default) ? null : "expected nothing of a copy, since there is none";

    private static bool Unlike(Claim? claim, bool expected) => claim is not null != expected;
}

/// <summary>A micro-batch forward.</summary>
/// <param name="Came">The activation that the stage was sent; null on stage 0, which reads the tokens.</param>
/// <param name="Jumped">The activation that its copy was sent; null where that copy reads the tokens, or there is none.</param>
/// <param name="Sent">What its block gave, alike to its neighbour and over its jump; the last stage's is the loss.</param>
/// <param name="Copy">What its copy gave; without copies zeros.</param>
public readonly record struct ForwardClaims(Claim? Came, Claim? Jumped, Claim Sent, Claim Copy);

/// <summary>A micro-batch backward.</summary>
/// <param name="Came">The gradient that the stage was sent; null on the last stage.</param>
/// <param name="Sent">The gradient of its input; null on stage 0.</param>
/// <param name="Copy">The gradient of its copy's input; null where that copy reads the tokens, or there is none.</param>
public readonly record struct BackwardClaims(Claim? Came, Claim? Sent, Claim? Copy);
