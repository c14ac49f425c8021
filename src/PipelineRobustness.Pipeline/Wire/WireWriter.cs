using System.Buffers;
using System.Buffers.Binary;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>Collects a message's bytes.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The part that is being written, for the line that refuses it.</summary>
    public string At { get; set; } = "";

    /// <summary>The next bytes, to be filled.</summary>
    public Span<byte> Give(int length)
    {
        var span = _bytes.GetSpan(length)[..length];
        _bytes.Advance(length);
        return span;
    }

    /// <summary>A count of following items.</summary>
    public void Count(int count) => BinaryPrimitives.WriteInt32LittleEndian(Give(sizeof(int)), count);

    /// <summary>Yes or no.</summary>
    public void Flag(bool value) => Give(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>All bytes written so far.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
