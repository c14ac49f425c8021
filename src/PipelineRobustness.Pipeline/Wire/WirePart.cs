using System.Buffers.Binary;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>The encoding of one type of value. Every value has exactly one encoding; any other is refused.</summary>
internal abstract class WirePart
{
    /// <summary>The fewest bytes it takes.</summary>
    public abstract int Smallest { get; }

    /// <summary>A full description, down to its innermost parts: types that differ on the wire differ here.</summary>
    public abstract string Signature { get; }

    /// <summary>Writes a value.</summary>
    /// <exception cref="WireException">It is null, or too large.</exception>
    public abstract void Write(WireWriter writer, object? value);

    /// <summary>Reads a value.</summary>
    /// <exception cref="WireException">The bytes are not a valid encoding.</exception>
    public abstract object? Read(ref WireReader reader);

    /// <summary>Checks that a value is not null.</summary>
    protected static object Given(object? value) => value ?? throw new WireException("expected a value, found null");
}

/// <summary>A value of a fixed number of bytes.</summary>
internal sealed class FixedPart<T>(string name, int size, Action<Span<byte>, T> write, Func<ReadOnlySpan<byte>, T> read) : WirePart
    where T : struct
{
    public override int Smallest => size;

    public override string Signature => name;

    public override void Write(WireWriter writer, object? value) => write(writer.Give(size), (T)Given(value));

    public override object? Read(ref WireReader reader) => read(reader.Take(size));
}

/// <summary>A value that may be absent: a presence byte, then the value.</summary>
internal sealed class OptionalPart(WirePart inner) : WirePart
{
    public override int Smallest => 1;

    public override string Signature => inner.Signature + "?";

    public override void Write(WireWriter writer, object? value)
    {
        writer.Flag(value is not null);
        if (value is not null) inner.Write(writer, value);
    }

    public override object? Read(ref WireReader reader) => reader.Flag() ? inner.Read(ref reader) : null;
}

/// <summary>One of an enumeration's names, by its number.</summary>
internal sealed class EnumPart(Type type) : WirePart
{
    public override int Smallest => sizeof(int);

    public override string Signature { get; } =
        $"{type.Name}[{string.Join(',', Enum.GetNames(type).Select(name => $"{name}={(int)Enum.Parse(type, name)}"))}]";

    public override void Write(WireWriter writer, object? value) => BinaryPrimitives.WriteInt32LittleEndian(writer.Give(sizeof(int)), (int)Given(value));

    public override object? Read(ref WireReader reader)
    {
        var value = Enum.ToObject(type, BinaryPrimitives.ReadInt32LittleEndian(reader.Take(sizeof(int))));
        return Enum.IsDefined(type, value) ? value : throw new WireException($"expected a {type.Name}, found {value:D}");
    }
}
