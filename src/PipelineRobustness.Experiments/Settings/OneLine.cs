using System.Text;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Text from outside as an error message shows it: on one line, and not endless.</summary>
public static class OneLine
{
    /// <summary>The text with control characters escaped, cut after <paramref name="lengthMax"/> characters.</summary>
    public static string Of(string text, int lengthMax = 60)
    {
        var shown = new StringBuilder();
        foreach (var c in text.Length > lengthMax ? text[..lengthMax] : text)
        {
            var escaped = char.IsControl(c) || c is '\u2028' or '\u2029';
            shown.Append(escaped ? $"\\u{(int)c:x4}" : c.ToString());
        }

        return text.Length > lengthMax ? $"{shown}..." : shown.ToString();
    }

    /// <summary>The beginning and the end of a text that is longer than <paramref name="lengthMax"/>, with an ellipsis between.</summary>
    public static string Shortened(string text, int lengthMax) => text.Length <= lengthMax
        ? text
        : $"{text[..(lengthMax / 2)]}…{text[(text.Length - (lengthMax - 1) / 2)..]}";
}
