using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// Accepts a value whose norm and direction are near those of the copy's, as the live network IOTA does. It shows what such a gate lets
/// through.
/// </summary>
public sealed record GateDetector : ApproximateDetector
{
    /// <summary>Of an activation's norm and the copy's, the smaller over the larger is at least this.</summary>
    [Setting(0, 1)]
    public double ActivationNorms { get; init; } = 0.8;

    /// <summary>The same for gradients; the default is IOTA's for weights.</summary>
    [Setting(0, 1)]
    public double GradientNorms { get; init; } = 0.7;

    /// <summary>The cosine of a value and the copy's is above this.</summary>
    [Setting(-1, 1)]
    public double Cosine { get; init; } = 0.9;

    /// <inheritdoc/>
    public override string Name => "gate";

    private protected override Finding? Compare(Direction direction, FloatRows received, FloatRows reference)
    {
        var (ratio, cosine) = Likeness(received.Numbers, reference.Numbers);
        var least = direction == Direction.Forward ? ActivationNorms : GradientNorms;
        // What is not finite passes neither comparison.
        if (ratio >= least && cosine > Cosine) return null;
        var distance = Math.Max(1 - ratio, 1 - cosine);
        return new Finding(double.IsNaN(distance) ? double.PositiveInfinity : distance);
    }

    // In float64 and in one order, so that the result is a function of the numbers alone. Two values of zeros are alike.
    private static (double Ratio, double Cosine) Likeness(ReadOnlySpan<float> received, ReadOnlySpan<float> reference)
    {
        var (first, second, product) = (0.0, 0.0, 0.0);
        for (var i = 0; i < received.Length; i++)
        {
            var (one, other) = ((double)received[i], (double)reference[i]);
            first += one * one;
            second += other * other;
            product += one * other;
        }

        return first == 0 && second == 0
            ? (1, 1)
            : (Math.Sqrt(Math.Min(first, second) / Math.Max(first, second)), product / Math.Sqrt(first) / Math.Sqrt(second));
    }
}
