using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>What a connection is for.</summary>
internal enum LanePurpose
{
    /// <summary>Frames, from the node that opened it.</summary>
    Lane,

    /// <summary>Nothing; while it is open, the peer is alive.</summary>
    Watch,
}

/// <summary>
/// The first message of either end, the one that opened the connection first: its node, its run, and the connection's purpose.
/// Layout: magic (8 bytes), version (2), purpose (1), length of the name (1), incarnation (8), SHA-256 of the token (32), name.
/// </summary>
internal sealed record Greeting(NodeId Node, LanePurpose Purpose)
{
    private const int Version = 1, Purposes = 2, FixedBytes = 52, TokenAt = 20;

    private static ReadOnlySpan<byte> Magic => "PRLANES\n"u8;

    public static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public byte[] ToBytes(byte[] token)
    {
        var (name, bytes) = (NodeNames.Write(Node.Name), new ArrayBufferWriter<byte>(FixedBytes + NodeNames.BytesMost));
        var writer = new HeaderWriter(bytes);
        writer.Bytes(Magic);
        writer.UInt16(Version);
        writer.Byte((int)Purpose);
        writer.Byte(name.Length);
        writer.UInt64(Node.Incarnation);
        writer.Bytes(token);
        writer.Bytes(name);
        return bytes.WrittenSpan.ToArray();
    }

    /// <returns>Null if the other end closed without sending anything.</returns>
    /// <exception cref="ProtocolViolationException">It is not a greeting, or that of another run or program.</exception>
    /// <exception cref="EndOfStreamException">It ends early.</exception>
    public static Greeting? Read(Stream stream, byte[] token)
    {
        var head = new byte[FixedBytes];
        var read = stream.Read(head);
        if (read == 0) return null;
        // A client of another protocol is recognized by its first bytes; it may send no more.
        if (!head.AsSpan(0, Math.Min(read, Magic.Length)).SequenceEqual(Magic[..Math.Min(read, Magic.Length)])) throw NoGreeting();
        stream.ReadExactly(head.AsSpan(read));
        var (greeting, nameBytes) = Parse(head, token);
        var name = new byte[nameBytes];
        stream.ReadExactly(name);
        return greeting with { Node = greeting.Node with { Name = NodeNames.Read(name) } };
    }

    private static (Greeting Greeting, int NameBytes) Parse(byte[] head, byte[] token)
    {
        var reader = new HeaderReader(head);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic)) throw NoGreeting();
        if (reader.UInt16() is var version && version != Version)
            throw new ProtocolViolationException($"lanes are of version {Version}, not {version}");
        var purpose = (LanePurpose)reader.OneOf(Purposes, "a connection's purpose");
        var nameBytes = reader.Byte();
        var incarnation = reader.UInt64();
        if (!CryptographicOperations.FixedTimeEquals(head.AsSpan(TokenAt), token))
            throw new ProtocolViolationException("a node belongs to this run; its token differs");
        return (new Greeting(new NodeId("", incarnation), purpose), nameBytes);
    }

    private static ProtocolViolationException NoGreeting() => new("a connection begins with a greeting");
}
