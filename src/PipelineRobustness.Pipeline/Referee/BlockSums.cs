using System.Buffers.Binary;
using System.Security.Cryptography;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What a holder of a block added up over a pass.</summary>
/// <param name="Report">Squared norms and digest of the summed gradient.</param>
/// <param name="Part">The block's own part of the tied matrix's gradient, before the two are added; null where it has none.</param>
/// <param name="Other">
/// The other part, as it came; null where there is none, or where the holder sent it itself: stage 0 has the copy of the last block.
/// </param>
/// <param name="Loss">The sum of the losses, of the last block; else null.</param>
public sealed record BlockSums(HolderReport Report, Claim? Part, Claim? Other, double? Loss)
{
    // No element type has this number, so that no tensor has the claim of a sum.
    private const byte Tag = byte.MaxValue;

    /// <summary>What is stated of a copy where there are none.</summary>
    public static BlockSums None { get; } = new(new HolderReport(-1, [], UInt128.Zero), null, null, null);

    /// <summary>Whether nothing is stated.</summary>
    internal bool IsNone => this is { Report: { Block: -1, SquaredNorms.IsDefaultOrEmpty: true }, Part: null, Other: null, Loss: null }
        && Report.Digest == UInt128.Zero;

    /// <summary>
    /// The claim about norms, digest and loss, in one. Numbers are compared by their bits: a not-a-number equals itself.
    /// </summary>
    public Claim ToClaim()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[16];
        hash.AppendData([Tag, Loss is null ? (byte)0 : (byte)1]);
        foreach (var number in Report.SquaredNorms.Append(Loss ?? 0))
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
            hash.AppendData(bytes[..sizeof(double)]);
        }

        BinaryPrimitives.WriteUInt128LittleEndian(bytes, Report.Digest);
        hash.AppendData(bytes);
        return Claim.End(hash);
    }

    /// <summary>What is missing, or stated where there is nothing to state, in words; null for nothing.</summary>
    internal string? Fault(Ring ring, int block, bool waits)
    {
        if (Report.SquaredNorms.IsDefault) return $"expected the norms of block {block}";
        if (Report.Block != block) return $"expected the sums of block {block}, found those of block {Report.Block}";
        var isTied = ring.HasTiedPart(block);
        if (Part is not null != isTied || Other is not null != (isTied && waits)) return $"expected the tied parts that block {block} has";
        return Loss is not null == (block == ring.Last) ? null : "expected the sum of the losses of the last block";
    }
}
