namespace PipelineRobustness.Cli;

/// <summary>Command line arguments as HOCON.</summary>
internal static class HoconWord
{
    /// <summary>A quoted HOCON value of a text.</summary>
    public static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
