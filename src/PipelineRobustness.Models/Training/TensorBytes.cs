using System.Buffers.Binary;
using System.IO.Hashing;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>Tensors as bytes, for digests and copies.</summary>
internal static class TensorBytes
{
    /// <summary>The most bytes in a piece. A span ends at 2 GB, and a copy of a piece is to cost little beside its tensor.</summary>
    public const int PieceBytes = 1 << 24;

    public static void Append(XxHash128 digest, Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && tensor.NumberOfElements <= PieceBytes / sizeof(long))
            digest.Append(tensor.bytes);
        else
            InPieces(tensor, piece => digest.Append(piece.cpu().bytes));
    }

    /// <summary>
    /// Hands over a tensor's elements in order, in flat pieces that are views of it; a tensor that is not contiguous is
    /// copied as a whole before. Every piece has <see cref="PieceBytes"/> bytes, only the last may have less.
    /// </summary>
    public static void InPieces(Tensor tensor, Action<Tensor> use)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().contiguous().view(-1);
        var (count, most) = (flat.NumberOfElements, PieceBytes / flat.ElementSize);
        for (var at = 0L; at < count; at += most)
        {
            using var inner = NewDisposeScope();
            use(flat.narrow(0, at, Math.Min(most, count - at)));
        }
    }

    public static void Append(XxHash128 digest, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        digest.Append(bytes);
    }

    /// <summary>An own contiguous copy on the CPU, outside autograd and every dispose scope.</summary>
    public static Tensor Copy(Tensor tensor)
    {
        using var detached = tensor.detach();
        return detached.to(CPU, copy: true).DetachFromDisposeScope();
    }
}
