namespace PipelineRobustness.Experiments.Report;

/// <summary>Colours that colour-blind readers can tell apart (Okabe and Ito 2008), on light and dark backgrounds, with dashes for print.</summary>
internal static class Palette
{
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
    private static readonly string[] Patterns = ["none", "7 3", "2 3", "9 3 2 3"];

    /// <summary>The colour of the run with this index in a figure.</summary>
    public static string Color(int index) => Colors[index % Colors.Length];

    /// <summary>Its dashes.</summary>
    public static string Dashes(int index) => Patterns[index % Patterns.Length];
}
