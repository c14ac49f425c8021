using System.Buffers.Binary;
using Akka.Actor;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>Reads a message's bytes from the front; lengths are checked against the rest before memory is allocated.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes, ExtendedActorSystem? system)
{
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>Where references to actors are looked up.</summary>
    public readonly ExtendedActorSystem? System => system;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _left.Length;

    /// <summary>The part that is being read, for the line that refuses it.</summary>
    public string At { get; set; } = "";

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > _left.Length)
            throw new WireException($"expected {length} bytes, found {_left.Length}");
        var taken = _left[..length];
        _left = _left[length..];
        return taken;
    }

    /// <summary>A count of following items, each at least <paramref name="smallest"/> bytes long.</summary>
    public int Count(int smallest)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        return count >= 0 && (long)count * smallest <= _left.Length
            ? count
            : throw new WireException($"expected at most {_left.Length / smallest} of {smallest} bytes or more, found a count of {count}");
    }

    /// <summary>Yes or no.</summary>
    public bool Flag()
    {
        var value = Take(1)[0];
        return value <= 1 ? value == 1 : throw new WireException($"expected 0 or 1, found {value}");
    }
}
