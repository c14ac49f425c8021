using System.Buffers;
using System.Buffers.Binary;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Reads little-endian fields one after another; a missing one is a violation.</summary>
internal ref struct HeaderReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong)));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _rest.Length) throw new ProtocolViolationException("a header has all its fields");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>A number below <paramref name="values"/>, in one byte.</summary>
    public int OneOf(int values, string what)
    {
        var value = Byte();
        return value < values ? value : throw new ProtocolViolationException($"{what} is below {values}, not {value}");
    }
}

/// <summary>Writes them.</summary>
internal readonly ref struct HeaderWriter(IBufferWriter<byte> output)
{
    public void Byte(int value)
    {
        output.GetSpan(1)[0] = checked((byte)value);
        output.Advance(1);
    }

    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(sizeof(ushort)), checked((ushort)value));
        output.Advance(sizeof(ushort));
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), value);
        output.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), value);
        output.Advance(sizeof(long));
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(sizeof(ulong)), value);
        output.Advance(sizeof(ulong));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
