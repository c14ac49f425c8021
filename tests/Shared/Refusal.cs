using System.Text.RegularExpressions;

namespace PipelineRobustness.Tests;

/// <summary>
/// What a refusal must contain, however it is worded: file, line and setting, the values that were expected, and the one that was found.
/// Whole sentences are pinned in one place (messages.golden).
/// </summary>
internal static class Refusal
{
    /// <summary>
    /// Asserts one line with all parts of a pattern in their order, where <c>..</c> stands for any words. Words may stand before it;
    /// and after it, unless it says what was found.
    /// </summary>
    public static void Like(string pattern, string actual)
    {
        var line = actual.TrimEnd('\n');
        Assert.DoesNotContain('\n', line);
        var parts = pattern.Split("..", StringSplitOptions.TrimEntries).Select(Regex.Escape);
        var end = pattern.Contains(", found ", StringComparison.Ordinal) && !pattern.EndsWith("..", StringComparison.Ordinal) ? @"\z" : "";
        Assert.Matches(string.Join(".*", parts) + end, line);
    }
}
