using System.Globalization;

namespace PipelineRobustness.Cli;

/// <summary>Numbers for people.</summary>
internal static class Amount
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Bytes, in the largest unit of which there is at least one.</summary>
    public static string Bytes(long bytes)
    {
        var (amount, unit) = ((double)bytes, 0);
        for (; amount >= 1024 && unit < Units.Length - 1; unit++)
            amount /= 1024;

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? $"{amount:0}" : $"{amount:0.0}")} {Units[unit]}");
    }

    /// <summary>A whole number with separated thousands.</summary>
    public static string Count(double number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>So many of something: <c>1 cell</c>, <c>4,080 cells</c>.</summary>
    public static string Of(int count, string one) => $"{Count(count)} {one}{(count == 1 ? "" : "s")}";

    /// <summary>A loss, a perplexity or a ratio; <c>-</c> for null.</summary>
    public static string Measure(double? number, int decimals = 3) => number is { } value ? Experiments.Report.Measure.Of(value, decimals) : "-";

    /// <summary>Minutes and seconds.</summary>
    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : string.Create(CultureInfo.InvariantCulture, $"{time:m\\:ss}");
}
