using System.Text.RegularExpressions;

namespace PipelineRobustness.Cli;

/// <summary>Command lines to copy and paste.</summary>
internal static partial class ShellWords
{
    /// <summary>The words, in single quotes if a shell would split or expand them.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(w => Plain().IsMatch(w) ? w : Quoted(w)));

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9_./:=,@%+-]+\z")]
    private static partial Regex Plain();
}
