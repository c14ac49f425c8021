using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>All that the server knows of a complete pass.</summary>
/// <param name="Ring">The pipeline.</param>
/// <param name="Statements">Every stage's, in order.</param>
/// <param name="HandedOn">What the referee was given, and handed on, over relayed links; a tied part's micro-batch is 0.</param>
public sealed record PassStatements(
    Ring Ring, ImmutableArray<Statement> Statements, ImmutableDictionary<(StageLink Link, int MicroBatch), Claim> HandedOn)
{
    /// <summary>Stages whose statement does not bear the signature of their node.</summary>
    public ImmutableSortedSet<int> WithoutSignature { get; init; } = [];

    /// <summary>The signatures of the others.</summary>
    public ImmutableArray<StatementSignature> Signatures { get; init; } = [];

    /// <summary>What the sender states that it sent over a link.</summary>
    public Claim? Sent(StageLink link, int? microBatch) => Statements[link.From].SentOver(link, microBatch);

    /// <summary>What the receiver states that it was sent over a link.</summary>
    public Claim? Came(StageLink link, int? microBatch) => Statements[link.To].CameOver(link, microBatch, Ring);

    /// <summary>What one of a link's two ends states about it.</summary>
    public Claim? StatedBy(int end, StageLink link, int? microBatch) => Statements[end].Over(link, microBatch, Ring);

    /// <summary>What the referee handed on over a link; null where the link is not relayed.</summary>
    public Claim? HandedOnOver(StageLink link, int? microBatch) =>
        HandedOn.TryGetValue((link, microBatch ?? 0), out var given) ? given : null;

    /// <summary>What the owner of a block states that the block gave.</summary>
    public Claim Output(int block, int? microBatch) => Statements[block].Forward[microBatch!.Value].Sent;

    /// <summary>What the owner of a block states as the gradient of the block's input; null for the first block.</summary>
    public Claim? InputGradient(int block, int? microBatch) => Statements[block].Backward[microBatch!.Value].Sent;

    /// <summary>What the holders of a block state about a value of it; null where there is none, or no such holder.</summary>
    public (Claim? Owner, Claim? Copier) Values(DisputedValue value, int block, int? microBatch)
    {
        var (owner, copier) = (Statements[block], Ring.HasCopies ? Statements[Ring.CopyHolderOf(block)] : null);
        return value switch
        {
            DisputedValue.Output => (Output(block, microBatch), copier?.Forward[microBatch!.Value].Copy),
            DisputedValue.InputGradient => (InputGradient(block, microBatch), copier?.Backward[microBatch!.Value].Copy),
            DisputedValue.TiedPart => (owner.Own.Part, copier?.Copy.Part),
            DisputedValue.Sums => (owner.Own.ToClaim(), copier?.Copy.ToClaim()),
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "no statement has it"),
        };
    }
}
