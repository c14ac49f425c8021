using PipelineRobustness.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Moves tensors' elements between memory and a stream without an intermediate copy.</summary>
internal static class TensorMemory
{
    /// <summary>The size of a piece: less than a span's 2 GB, and a whole number of elements of every type.</summary>
    private const int PieceBytes = 64 << 20;

    /// <summary>The size of a piece that is written at once: the slowest supported network sends it before the lane counts as stalled.</summary>
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

    /// <summary>Fills a contiguous tensor on the CPU, which the caller owns.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="progress">Called whenever some have arrived.</param>
    /// <exception cref="EndOfStreamException">The stream ends early.</exception>
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

    // The wrappers keep the storage alive while a span refers to it. Lanes' threads have no dispose scope.
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
        using var scope = NewDisposeScope();
        var here = tensor.device_type == DeviceType.CPU ? tensor.alias() : tensor.cpu();
        return here.InOrder().view(-1).DetachFromDisposeScope();
    }
}
