using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// Sums of float32 numbers in an order that depends on their number alone: the same bits on every processor and with any number of
/// threads, as a detector's state must have. At the sizes of a boundary tensor, a call of torch costs more than the work.
/// </summary>
internal static class RowSums
{
    private const int Lanes = 8;

    /// <summary>The mean of all rows.</summary>
    public static float[] Mean(FloatRows rows)
    {
        var mean = new float[rows.Width];
        for (var row = 0; row < rows.Count; row++) Add(mean, rows[row]);
        for (var i = 0; i < mean.Length; i++) mean[i] /= rows.Count;
        return mean;
    }

    /// <summary>The sum of products.</summary>
    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var ours = Vectors(left);
        var theirs = Vectors(right);
        var (even, odd) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var at = 0;
        for (; at + 1 < ours.Length; at += 2)
        {
            even += ours[at] * theirs[at];
            odd += ours[at + 1] * theirs[at + 1];
        }

        if (at < ours.Length) even += ours[at] * theirs[at];
        var lanes = even + odd;
        var sum = 0f;
        for (var lane = 0; lane < Lanes; lane++) sum += lanes[lane];
        for (var i = ours.Length * Lanes; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }

    private static void Add(Span<float> sums, ReadOnlySpan<float> row)
    {
        var wide = MemoryMarshal.Cast<float, Vector256<float>>(sums);
        var addend = Vectors(row);
        for (var i = 0; i < wide.Length; i++) wide[i] += addend[i];
        for (var i = wide.Length * Lanes; i < sums.Length; i++) sums[i] += row[i];
    }

    private static ReadOnlySpan<Vector256<float>> Vectors(ReadOnlySpan<float> row) => MemoryMarshal.Cast<float, Vector256<float>>(row);
}
