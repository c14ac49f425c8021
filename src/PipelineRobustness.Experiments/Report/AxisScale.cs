using System.Globalization;

namespace PipelineRobustness.Experiments.Report;

/// <summary>An axis of a figure: values to positions, linear or, if they are far apart, logarithmic.</summary>
internal sealed class AxisScale
{
    private const double WideRatio = 20;
    private const int TicksWanted = 5;
    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;

    private AxisScale(bool logarithmic, double low, double high, double from, double to)
    {
        (IsLogarithmic, _low, _high, _from, _to) = (logarithmic, low, high, from, to);
        Ticks = logarithmic ? Powers(low, high) : Steps(low, high);
    }

    /// <summary>Whether equal distances mean equal ratios.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>The values that get a tick.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale that includes all values, between two positions.</summary>
    public static AxisScale Of(IReadOnlyCollection<double> values, double from, double to, bool fromZero = false)
    {
        if (values.Count == 0)
            return new AxisScale(false, 0, 1, from, to);

        var (low, high) = (values.Min(), values.Max());
        if (low > 0 && high / low > WideRatio)
            return new AxisScale(true, Math.Pow(10, Math.Floor(Math.Log10(low))), high * 1.1, from, to);

        low = fromZero ? Math.Min(0, low) : low;
        var room = high > low ? (high - low) * 0.05 : Math.Max(Math.Abs(high), 1) * 0.05;
        return new AxisScale(false, fromZero ? low : low - room, high + room, from, to);
    }

    /// <summary>A linear scale of exactly this range.</summary>
    public static AxisScale Exactly(double low, double high, double from, double to) =>
        new(false, low, Math.Max(high, low + 1), from, to);

    /// <summary>The position of a value.</summary>
    public double At(double value)
    {
        var share = IsLogarithmic
            ? Math.Log(Math.Max(value, _low) / _low) / Math.Log(_high / _low)
            : (value - _low) / (_high - _low);
        return _from + share * (_to - _from);
    }

    /// <summary>A tick's label.</summary>
    public static string Label(double value) => value.ToString(Math.Abs(value) >= 1e5 ? "0e0" : "0.######", CultureInfo.InvariantCulture);

    /// <summary>About five multiples of 1, 2 or 5 times a power of ten.</summary>
    private static double[] Steps(double low, double high)
    {
        var raw = (high - low) / TicksWanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var first = (long)Math.Ceiling(low / step);
        var last = (long)Math.Floor(high / step);
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Math.Round((first + i) * step, 10))];
    }

    /// <summary>Powers of ten; with 2 and 5 times each if there are few, and only some of them if there are many.</summary>
    private static double[] Powers(double low, double high)
    {
        var powers = Enumerable.Range((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high / low)) + 1).Select(e => Math.Pow(10, e)).ToList();
        double[] multiples = powers.Count > 3 ? [1] : [1, 2, 5];
        var every = powers.Count / (2 * TicksWanted) + 1;
        var marked = powers.Where((_, i) => i % every == 0);
        return [.. marked.SelectMany(p => multiples.Select(m => p * m)).Where(t => t >= low && t <= high)];
    }
}
