using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What a stage states about a value: its SHA-256. Of a tensor the hash covers one byte for the element type, one for the rank, each
/// dimension as a little-endian 64-bit number, and the elements' bytes. Nobody can make two values with one claim, so that no
/// stage can claim one value and show another.
/// </summary>
/// <param name="High">The first 16 bytes, big-endian.</param>
/// <param name="Low">The last 16 bytes, big-endian.</param>
public readonly record struct Claim(UInt128 High, UInt128 Low)
{
    /// <summary>Bytes of a claim.</summary>
    public const int Size = 32;

    private const int HalfSize = Size / 2;

    /// <summary>The claim about a state, of which a digest of 128 bits is known: it is not the stage's to choose.</summary>
    public static Claim OfState(UInt128 digest) => new(digest, UInt128.Zero);

    /// <summary>The claim about a tensor whose bytes are at hand.</summary>
    /// <param name="elementType">The number of the elements' type.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="bytes">Its elements, row by row.</param>
    public static Claim OfTensor(byte elementType, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        using var hash = BeginTensor(elementType, shape);
        hash.AppendData(bytes);
        return End(hash);
    }

    /// <summary>The hash of a tensor, without its elements.</summary>
    internal static IncrementalHash BeginTensor(byte elementType, ReadOnlySpan<long> shape)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([elementType, checked((byte)shape.Length)]);
        Span<byte> size = stackalloc byte[sizeof(long)];
        foreach (var dimension in shape)
        {
            BinaryPrimitives.WriteInt64LittleEndian(size, dimension);
            hash.AppendData(size);
        }

        return hash;
    }

    /// <summary>The claim that a hash has come to.</summary>
    internal static Claim End(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        hash.GetHashAndReset(bytes);
        return Read(bytes);
    }

    /// <summary>The claim with these 32 bytes.</summary>
    public static Claim Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size, nameof(bytes));
        return new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[HalfSize..]));
    }

    /// <summary>Its 32 bytes, as SHA-256 gives them.</summary>
    public ImmutableArray<byte> ToBytes()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[HalfSize..], Low);
        return [.. bytes];
    }

    /// <summary>Its 64 hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes().AsSpan());
}
