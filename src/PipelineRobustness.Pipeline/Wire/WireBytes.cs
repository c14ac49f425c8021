using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>Opaque bytes: their count, then the bytes.</summary>
internal sealed class BytesPart : WirePart
{
    /// <summary>The maximum size of one part: a detector's state for one direction.</summary>
    private const int BytesMost = DetectorState.BytesMost;

    private BytesPart()
    {
    }

    public static BytesPart Instance { get; } = new();

    public override int Smallest => sizeof(int);

    public override string Signature => "bytes";

    public override void Write(WireWriter writer, object? value)
    {
        var bytes = (ImmutableArray<byte>)Given(value);
        if (bytes.IsDefault) throw new WireException("expected bytes, found an array that was never made");
        if (bytes.Length > BytesMost) throw new WireException($"expected at most {BytesMost} bytes, found {bytes.Length}");
        writer.Count(bytes.Length);
        bytes.AsSpan().CopyTo(writer.Give(bytes.Length));
    }

    public override object? Read(ref WireReader reader)
    {
        var count = reader.Count(1);
        if (count > BytesMost) throw new WireException($"expected at most {BytesMost} bytes, found a count of {count}");
        return ImmutableArray.Create(reader.Take(count));
    }
}
