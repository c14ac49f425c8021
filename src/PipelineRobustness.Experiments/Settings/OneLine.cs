using System.Text;

namespace PipelineRobustness.Experiments;

/// <summary>Text from outside as an error message shows it: on one line, and not endless.</summary>
internal static class OneLine
{
    private const int LengthMax = 60;

    /// <summary>The text with control characters escaped, cut after 60 characters.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder();
        foreach (var c in text.Length > LengthMax ? text[..LengthMax] : text)
        {
            var escaped = char.IsControl(c) || c is '\u2028' or '\u2029';
            shown.Append(escaped ? $"\\u{(int)c:x4}" : c.ToString());
        }

        return text.Length > LengthMax ? $"{shown}..." : shown.ToString();
    }
}
