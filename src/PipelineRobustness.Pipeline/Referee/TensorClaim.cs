using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>Claims about tensors.</summary>
public static class TensorClaim
{
    // A stage takes no sparse tensor for the dense one with the same elements, so it must not have its claim.
    private const byte Sparse = 0x80;

    /// <summary>The claim about a tensor, wherever it is and however it lies in memory; reads it once.</summary>
    public static Claim ToClaim(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var hash = Claim.BeginTensor(TypeOf(tensor), tensor.shape);
        using var dense = tensor.is_sparse ? tensor.to_dense() : null;
        TensorBytes.ForEachChunk(dense ?? tensor, chunk => hash.AppendData(chunk.cpu().bytes));
        return Claim.End(hash);
    }

    /// <summary>The number of a tensor's type in its claim.</summary>
    internal static byte TypeOf(Tensor tensor) => (byte)(checked((byte)tensor.dtype) | (tensor.is_sparse ? Sparse : 0));
}
