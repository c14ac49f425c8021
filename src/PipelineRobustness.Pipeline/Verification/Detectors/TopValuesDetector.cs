using System.Runtime.InteropServices;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// Compares the values of largest magnitude of some tokens at a time with those of a copy, as bfloat16: their exponents, and their
/// mantissas where exponents are equal; no signs. After TOPLOC (arXiv 2501.16007), whose numbers are the defaults; it shows what
/// such a comparison lets through.
/// </summary>
public sealed record TopValuesDetector : ApproximateDetector
{
    private const int MantissaBits = 7;
    private const int Magnitudes = 1 << 15;

    /// <summary>Tokens that are compared together.</summary>
    [Setting(1, 100_000)]
    public int Tokens { get; init; } = 32;

    /// <summary>How many values of them.</summary>
    [Setting(1, 100_000)]
    public int Values { get; init; } = 128;

    /// <summary>The smallest share of these with the copy's exponent.</summary>
    [Setting(0, 1)]
    public double SameExponents { get; init; } = 90.0 / 128;

    /// <summary>The largest mean difference of mantissas, which are 0 to 127.</summary>
    [Setting(0, 127)]
    public double MeanDifference { get; init; } = 10;

    /// <summary>The largest median difference of mantissas.</summary>
    [Setting(0, 127)]
    public double MedianDifference { get; init; } = 8;

    /// <inheritdoc/>
    public override string Name => "top-values";

    // The distance of a finding is the share of values, of the tokens that differ most, with another exponent than the copy's.
    private protected override Finding? Compare(Direction direction, FloatRows received, FloatRows reference)
    {
        var ours = Bits(reference);
        var theirs = Bits(received);
        var (isFound, farthest) = (false, 0.0);
        for (var at = 0; at < ours.Length; at += Tokens * reference.Width)
        {
            var length = Math.Min(Tokens * reference.Width, ours.Length - at);
            var (isAlike, others) = Compare(ours.Slice(at, length), theirs.Slice(at, length));
            isFound |= !isAlike;
            farthest = Math.Max(farthest, others);
        }

        return isFound ? new Finding(farthest) : null;
    }

    private static ReadOnlySpan<uint> Bits(FloatRows rows) => MemoryMarshal.Cast<float, uint>(rows.Numbers);

    // The upper half of a float32 is a bfloat16; without its sign bit, numbers are ordered as their magnitudes are.
    private static int Magnitude(uint bits) => (int)(bits >> 16) & (Magnitudes - 1);

    private (bool IsAlike, double OtherExponents) Compare(ReadOnlySpan<uint> ours, ReadOnlySpan<uint> theirs)
    {
        var (largest, differences) = (Largest(ours, Math.Min(Values, ours.Length)), new List<int>(Values));
        foreach (var place in largest)
        {
            var (own, other) = (Magnitude(ours[place]), Magnitude(theirs[place]));
            // Of one exponent, magnitudes differ by their mantissas.
            if (own >> MantissaBits == other >> MantissaBits) differences.Add(Math.Abs(own - other));
        }

        var share = (double)differences.Count / largest.Count;
        var isAlike = differences.Count > 0 && share >= SameExponents
            && differences.Average() <= MeanDifference && Median(differences) <= MedianDifference;
        return (isAlike, 1 - share);
    }

    // The places of the largest magnitudes, of equal ones the first; by counting, since there are few different ones.
    private static List<int> Largest(ReadOnlySpan<uint> numbers, int count)
    {
        var counts = new int[Magnitudes];
        foreach (var number in numbers) counts[Magnitude(number)]++;
        var (least, above) = (Magnitudes - 1, 0);
        while (above + counts[least] < count) above += counts[least--];
        var (places, ties) = (new List<int>(count), count - above);
        for (var place = 0; place < numbers.Length; place++)
        {
            var magnitude = Magnitude(numbers[place]);
            if (magnitude > least || (magnitude == least && ties-- > 0)) places.Add(place);
        }

        return places;
    }

    private static double Median(List<int> numbers)
    {
        numbers.Sort();
        return (numbers[(numbers.Count - 1) / 2] + numbers[numbers.Count / 2]) / 2.0;
    }
}
