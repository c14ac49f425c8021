using PipelineRobustness.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>Claims about tensors.</summary>
public static class TensorClaim
{
    // A stage takes no such tensor for the one with the same elements, so it must not have its claim.
    private const byte WithoutBytes = 0x80;

    // A view may repeat a few elements without end, and is copied to be read.
    private const long ElementsOfViewMost = 1 << 28;

    /// <summary>
    /// Whether a tensor's elements can be read one after the other: not those of a sparse tensor, of one without data, or of a view that is
    /// larger than any tensor of a run.
    /// </summary>
    public static bool HasBytes(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return !tensor.is_sparse && tensor.device_type != DeviceType.META && (tensor.is_contiguous() || tensor.NumberOfElements <= ElementsOfViewMost);
    }

    /// <summary>
    /// The claim about a tensor, wherever it is and however it lies in memory; reads it once. One that has no bytes is not-a-numbers to
    /// every stage, whatever its elements, and they may be more than fit into memory: its type and shape alone are claimed.
    /// </summary>
    public static Claim ToClaim(this Tensor tensor)
    {
        using var hash = Claim.BeginTensor(TypeOf(tensor), tensor.shape);
        if (tensor.HasBytes()) TensorBytes.ForEachChunk(tensor, chunk => hash.AppendData(chunk.cpu().bytes));
        return Claim.End(hash);
    }

    /// <summary>The number of a tensor's type in its claim.</summary>
    internal static byte TypeOf(Tensor tensor) => (byte)(checked((byte)tensor.dtype) | (tensor.HasBytes() ? 0 : WithoutBytes));
}
