using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>The median of some numbers, with minimum and maximum.</summary>
internal readonly record struct Spread(double Median, double Least, double Greatest)
{
    public static Spread Of(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }

    /// <summary>Formats like <c>1.07 [1.06..1.17]</c>.</summary>
    public string Show(string format) =>
        string.Create(CultureInfo.InvariantCulture, $"{Text(Median, format)} [{Text(Least, format)}..{Text(Greatest, format)}]");

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
