using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>Access to tensors as bytes, for digests and copies.</summary>
public static class TensorBytes
{
    /// <summary>
    /// The largest size of a chunk in bytes. A span is limited to 2 GB, and a copied chunk should cost little compared
    /// to its tensor.
    /// </summary>
    internal const int ChunkBytes = 1 << 24;

    /// <summary>
    /// Whether a tensor's numbers lie in memory one after the other, as they are: not those of a view in another order, nor of one that is
    /// negated or conjugated when it is read, which torch marks in the handle alone.
    /// </summary>
    public static bool IsInOrder(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.is_contiguous() && !tensor.is_neg() && !tensor.is_conj();
    }

    /// <summary>A tensor's numbers in order, outside autograd; a copy only where they are not. The new one belongs to the current dispose scope.</summary>
    public static Tensor InOrder(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.detach().resolve_conj().resolve_neg().contiguous();
    }

    /// <summary>
    /// Passes a tensor's elements in order, in flat chunks that are views of it; one that is not in order is copied as a whole first. Every
    /// chunk but the last has <see cref="ChunkBytes"/> bytes.
    /// </summary>
    public static void ForEachChunk(Tensor tensor, Action<Tensor> use)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.InOrder().view(-1);
        var (count, most) = (flat.NumberOfElements, ChunkBytes / flat.ElementSize);
        for (var at = 0L; at < count; at += most)
        {
            using var inner = NewDisposeScope();
            use(flat.narrow(0, at, Math.Min(most, count - at)));
        }
    }

    /// <summary>A contiguous copy on the CPU, outside autograd and any dispose scope.</summary>
    internal static Tensor Copy(Tensor tensor)
    {
        using var detached = tensor.detach();
        return detached.to(CPU, copy: true).DetachFromDisposeScope();
    }
}
