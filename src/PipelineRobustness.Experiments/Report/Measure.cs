using System.Globalization;

namespace PipelineRobustness.Experiments.Report;

/// <summary>Formats a loss, a perplexity or a ratio for people: a model that diverges has perplexities of fifty digits.</summary>
public static class Measure
{
    private const double Large = 1_000;
    private const double Huge = 1e6;

    /// <summary>The number with this many decimals; large ones have none but separate thousands, and huge ones are written with a power of ten.</summary>
    public static string Of(double number, int decimals = 3) => Math.Abs(number) switch
    {
        var size when !double.IsFinite(size) => "not finite",
        >= Huge => number.ToString("0.00e0", CultureInfo.InvariantCulture),
        >= Large => number.ToString("#,0", CultureInfo.InvariantCulture),
        _ => number.ToString($"F{decimals}", CultureInfo.InvariantCulture),
    };
}
