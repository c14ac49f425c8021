using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Tensors' elements between memory and a stream, without a copy in between.</summary>
internal static class TensorMemory
{
    /// <summary>The most bytes in a piece, since a span ends at 2 GB; a whole number of elements of every type.</summary>
    private const int PieceBytes = 64 << 20;

    /// <summary>The same of what is written at once: what the slowest of networks takes within the time that a lane may stall.</summary>
    private const int WriteBytes = 4 << 20;

    public static void Write(Stream stream, Tensor tensor, Action progress)
    {
        using var flat = Flat(tensor);
        InPieces(flat, WriteBytes, piece =>
        {
            stream.Write(piece.bytes);
            progress();
        });
    }

    /// <summary>Fills an own, contiguous tensor on the CPU.</summary>
    /// <param name="stream">Where the bytes come from.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="progress">Told whenever some have come.</param>
    /// <exception cref="EndOfStreamException">They end early.</exception>
    public static void Read(Stream stream, Tensor tensor, Action progress)
    {
        using var flat = tensor.view(-1);
        InPieces(flat, PieceBytes, piece =>
        {
            for (var rest = piece.bytes; !rest.IsEmpty;)
            {
                var read = stream.Read(rest);
                if (read == 0) throw new EndOfStreamException();
                rest = rest[read..];
                progress();
            }
        });
    }

    // Wrappers hold the storage while a span looks at it; none of these belongs to a dispose scope: lanes' threads have none.
    private static void InPieces(Tensor flat, int pieceBytes, Action<Tensor> use)
    {
        var (count, most) = (flat.NumberOfElements, pieceBytes / flat.ElementSize);
        for (var at = 0L; at < count; at += most)
        {
            using var piece = flat.narrow(0, at, Math.Min(most, count - at));
            use(piece);
        }
    }

    private static Tensor Flat(Tensor tensor)
    {
        using var detached = tensor.detach();
        using var here = detached.device_type == DeviceType.CPU ? detached.alias() : detached.cpu();
        using var whole = here.contiguous();
        return whole.view(-1);
    }
}
