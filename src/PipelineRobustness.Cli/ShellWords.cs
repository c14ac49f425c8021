using System.Text.RegularExpressions;

namespace PipelineRobustness.Cli;

/// <summary>A command line as it would be typed.</summary>
internal static partial class ShellWords
{
    /// <summary>The words, in single quotes where a shell would take them apart.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(w => Plain().IsMatch(w) ? w : Quoted(w)));

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9_./:=,@%+-]+\z")]
    private static partial Regex Plain();
}
