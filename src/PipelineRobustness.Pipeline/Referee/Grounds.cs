using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What a conviction rests on. It follows from the statements alone: the same statements give the same line, and its SHA-256 is in the
/// ruling.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MalformedStatement), "malformed-statement")]
[JsonDerivedType(typeof(ContradictedRelay), "contradicted-relay")]
[JsonDerivedType(typeof(Recomputed), "recomputed")]
[JsonDerivedType(typeof(NotShown), "not-shown")]
[JsonDerivedType(typeof(OtherState), "other-state")]
public abstract record Grounds
{
    private Grounds()
    {
    }

    /// <summary>The line.</summary>
    public abstract string Line { get; }

    /// <summary>By whose word it holds.</summary>
    public abstract string RestsOn { get; }

    /// <summary>The SHA-256 of the line.</summary>
    public Claim ToClaim() => Claim.Read(SHA256.HashData(Encoding.UTF8.GetBytes(Line)));

    /// <summary>A statement that is incomplete or not signed.</summary>
    /// <param name="Stage">The stage.</param>
    /// <param name="Fault">What is wrong with it.</param>
    public sealed record MalformedStatement(int Stage, string Fault) : Grounds
    {
        /// <inheritdoc/>
        public override string Line => $"statement of stage {Stage}: {Fault}";

        /// <inheritdoc/>
        public override string RestsOn => "the stage's own statement; where a signature is missing, on the server's word";
    }

    /// <summary>What a stage states about a relayed link is not what the referee was given.</summary>
    /// <param name="Link">The link.</param>
    /// <param name="MicroBatch">The micro-batch; null for a tied part.</param>
    /// <param name="Stage">The stage, one of its ends.</param>
    /// <param name="Stated">What it states.</param>
    /// <param name="HandedOn">What the referee was given, and handed on.</param>
    public sealed record ContradictedRelay(StageLink Link, int? MicroBatch, int Stage, Claim? Stated, Claim HandedOn) : Grounds
    {
        /// <inheritdoc/>
        public override string Line => $"{Link}{Of(MicroBatch)}: stage {Stage} states {Stated}, handed on {HandedOn}";

        /// <inheritdoc/>
        public override string RestsOn => "the server's word: what was handed on over the relayed link";
    }

    /// <summary>What came out in a hearing.</summary>
    /// <param name="Hearing">The hearing.</param>
    /// <param name="Result">The claim of what comes out.</param>
    public sealed record Recomputed(Hearing Hearing, Claim Result) : Grounds
    {
        /// <inheritdoc/>
        public override string Line => $"{Dispute(Hearing)}, recomputed {Result}";

        /// <inheritdoc/>
        public override string RestsOn => Hearing.Dispute.Value == DisputedValue.Step
            ? "a recomputation that can be repeated; on the server's word: the state before, the commit's numbers, and the digests that were reported"
            : "the stage's own statement, and a recomputation that can be repeated; on the server's word: the state of the last commit";
    }

    /// <summary>What the holders had stated and did not show.</summary>
    /// <param name="Hearing">The hearing.</param>
    /// <param name="Exhibits">What was not shown.</param>
    public sealed record NotShown(Hearing Hearing, ImmutableArray<Exhibit> Exhibits) : Grounds
    {
        /// <inheritdoc/>
        public override string Line =>
            $"{Dispute(Hearing)}, not shown {string.Join(", ", Exhibits.Select(exhibit => $"{exhibit.Key.Kind} {exhibit.Key.MicroBatch} {exhibit.Claim}"))}";

        /// <inheritdoc/>
        public override string RestsOn => "the server's word: no holder has shown what it had stated";
    }

    /// <summary>A state that was given, or is said to have been given, is not that of the last commit.</summary>
    /// <param name="Block">The block.</param>
    /// <param name="Committed">The digest of the last commit.</param>
    /// <param name="Found">The digest of what was given, or reported.</param>
    public sealed record OtherState(int Block, UInt128 Committed, UInt128 Found) : Grounds
    {
        /// <inheritdoc/>
        public override string Line => $"state of block {Block}: committed {Claim.OfState(Committed)}, found {Claim.OfState(Found)}";

        /// <inheritdoc/>
        public override string RestsOn => "the server's word: which state the stage gave, or reported";
    }

    private static string Of(int? microBatch) => microBatch is { } one ? $", micro-batch {one}" : "";

    private static string Dispute(Hearing hearing)
    {
        var (block, value, microBatch) = hearing.Dispute;
        var stated = hearing.Holders.Select(holder => $"stage {holder.Stage} states {holder.Claim}");
        return $"{value} of block {block}{Of(microBatch)}: {string.Join(", ", stated)}";
    }
}
