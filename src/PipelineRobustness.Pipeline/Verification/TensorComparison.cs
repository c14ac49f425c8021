using PipelineRobustness.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>How two results of the same computation are compared.</summary>
public static class TensorComparison
{
    /// <summary>
    /// Whether two tensors count as the same. With a tolerance of 0 their bytes are compared, so a NaN equals itself;
    /// else their <see cref="Distance"/> must not exceed it.
    /// </summary>
    public static bool Same(Tensor sent, Tensor computed, double relativeTolerance)
    {
        if (sent.dtype != computed.dtype || !sent.shape.AsSpan().SequenceEqual(computed.shape)) return false;
        if (SameBytes(sent, computed)) return true;
        return relativeTolerance > 0 && Distance(sent, computed) <= relativeTolerance;
    }

    /// <summary>
    /// Largest absolute difference over the largest absolute computed value, both over the entries that are finite on
    /// both sides, in float64; infinite where the shapes differ or an entry is finite on one side only.
    /// </summary>
    public static double Distance(Tensor sent, Tensor computed)
    {
        if (!sent.shape.AsSpan().SequenceEqual(computed.shape)) return double.PositiveInfinity;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var finite = computed.isfinite();
        if (sent.isfinite().ne(finite).any().item<bool>()) return double.PositiveInfinity;
        var zero = zeros(1, dtype: float64, device: computed.device);
        var honest = where(finite, computed.to(float64), zero);
        var difference = where(finite, sent.to(float64) - computed.to(float64), zero).abs().max().item<double>();
        if (difference == 0) return 0;
        var scale = honest.abs().max().item<double>();
        return scale > 0 ? difference / scale : double.PositiveInfinity;
    }

    private static bool SameBytes(Tensor left, Tensor right)
    {
        using var scope = NewDisposeScope();
        return OnCpu(left).bytes.SequenceEqual(OnCpu(right).bytes);
    }

    private static Tensor OnCpu(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.IsInOrder() ? tensor : tensor.cpu().InOrder();
}
