namespace PipelineRobustness.Cli;

/// <summary>What was typed, as HOCON.</summary>
internal static class HoconWord
{
    /// <summary>A text as a value that is read as the same text.</summary>
    public static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
