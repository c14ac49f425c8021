using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// The sum of squares of float32 numbers in float64, in a fixed order of additions: the same bits on every processor
/// and with any number of threads, and, unlike torch's norm, without a float64 copy of the tensor.
/// </summary>
internal static class SumOfSquares
{
    private const int Lanes = 4;
    private const long SpanMax = 1 << 28;   // floats: a span of bytes ends at 2 GB

    public static double Of(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && tensor.NumberOfElements <= SpanMax)
            return Of(MemoryMarshal.Cast<byte, float>(tensor.bytes));
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var sum = 0.0;
        for (var at = 0L; at < flat.NumberOfElements; at += SpanMax)
        {
            using var chunk = flat.narrow(0, at, Math.Min(SpanMax, flat.NumberOfElements - at));
            sum += Of(MemoryMarshal.Cast<byte, float>(chunk.bytes));
        }
        return sum;
    }

    public static double Of(ReadOnlySpan<float> values)
    {
        var (first, second) = (Vector256<double>.Zero, Vector256<double>.Zero);
        while (values.Length >= 2 * Lanes)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(values));
            first += lower * lower;
            second += upper * upper;
            values = values[(2 * Lanes)..];
        }
        var lanes = first + second;
        var sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
        foreach (double value in values)
            sum += value * value;
        return sum;
    }
}
