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
    /// Passes a tensor's elements in order, in flat chunks that are views of it; a non-contiguous tensor is copied as a
    /// whole first. Every chunk but the last has <see cref="ChunkBytes"/> bytes.
    /// </summary>
    public static void ForEachChunk(Tensor tensor, Action<Tensor> use)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().contiguous().view(-1);
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
