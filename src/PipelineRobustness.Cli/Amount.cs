using System.Globalization;

namespace PipelineRobustness.Cli;

/// <summary>Numbers as people read them.</summary>
internal static class Amount
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Bytes in the largest unit that leaves at least one.</summary>
    public static string Bytes(long bytes)
    {
        var (amount, unit) = ((double)bytes, 0);
        for (; amount >= 1024 && unit < Units.Length - 1; unit++)
            amount /= 1024;

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? $"{amount:0}" : $"{amount:0.0}")} {Units[unit]}");
    }

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Count(double number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A loss, a perplexity or a ratio; <c>-</c> where there is none.</summary>
    public static string Measure(double? number, int decimals = 3) => number is { } value ? Experiments.Report.Measure.Of(value, decimals) : "-";

    /// <summary>Minutes and seconds.</summary>
    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : string.Create(CultureInfo.InvariantCulture, $"{time:m\\:ss}");
}
