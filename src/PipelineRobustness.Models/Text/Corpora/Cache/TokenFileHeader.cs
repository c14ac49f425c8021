using System.Buffers.Binary;
using System.IO.Hashing;

namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>
/// The header of a token file, little-endian: "prtokens", version, length of the header, the key, the number of tokens,
/// the number of unknown ones, XxHash128 of the tokens, XxHash3 of the preceding bytes.
/// </summary>
/// <param name="Key">SHA-256 over everything that determines the tokens.</param>
/// <param name="Count">Number of tokens.</param>
/// <param name="Unknown">How many of them are unknown tokens.</param>
/// <param name="Checksum">XxHash128 of the tokens' bytes in the file.</param>
internal sealed record TokenFileHeader(byte[] Key, long Count, long Unknown, byte[] Checksum)
{
    /// <summary>Length of the header in bytes; the tokens follow it.</summary>
    public const int Bytes = OwnChecksumAt + 8;

    private const int Version = 1;
    private const int KeyBytes = 32;
    private const int ChecksumBytes = 16;
    private const int OwnChecksumAt = 8 + 4 + 4 + KeyBytes + 8 + 8 + ChecksumBytes;

    private static ReadOnlySpan<byte> Magic => "prtokens"u8;

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        var rest = bytes.AsSpan();
        Magic.CopyTo(rest);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(rest[12..], Bytes);
        Key.CopyTo(rest[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(rest[48..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(rest[56..], Unknown);
        Checksum.CopyTo(rest[64..]);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[OwnChecksumAt..], XxHash3.HashToUInt64(rest[..OwnChecksumAt]));
        return bytes;
    }

    /// <summary>Reads the header from the first bytes of a file; null if it is invalid or of another version.</summary>
    public static TokenFileHeader? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Bytes
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != Version
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) != Bytes
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[OwnChecksumAt..]) != XxHash3.HashToUInt64(bytes[..OwnChecksumAt]))
            return null;

        return new TokenFileHeader(
            bytes.Slice(16, KeyBytes).ToArray(),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
            bytes.Slice(64, ChecksumBytes).ToArray());
    }
}
