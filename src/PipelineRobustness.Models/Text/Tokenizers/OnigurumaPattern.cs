using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Hugging Face's patterns are Oniguruma's. What means the same in .NET is taken over; a set within a set, which .NET
/// reads otherwise, is written out; all else is refused, because it could cut elsewhere.
/// </summary>
internal static partial class OnigurumaPattern
{
    /// <summary>The pattern as .NET writes it, or null with what is not covered.</summary>
    public static string? ToDotNet(string pattern, out string refused)
    {
        var result = new StringBuilder();
        var depth = 0;
        for (var at = 0; at < pattern.Length;)
        {
            var match = (depth == 0 ? Outside() : Inside()).Match(pattern, at);
            if (!match.Success)
            {
                refused = pattern[at..];
                return null;
            }
            // The outermost brackets stay, those within them vanish.
            var isOpening = match.ValueSpan is "[" or "[^";
            var isClosing = depth > 0 && match.ValueSpan is "]";
            if (!(isOpening && depth > 0) && !(isClosing && depth > 1))
                result.Append(match.ValueSpan);
            depth += isOpening ? 1 : isClosing ? -1 : 0;
            at += match.Length;
        }
        refused = depth == 0 ? "" : "[";
        return depth == 0 ? result.ToString() : null;
    }

    /// <summary>One part outside of sets: an escape, a group's opening, a quantifier, a set's opening, a plain character.</summary>
    [GeneratedRegex(@"\G(?:\\[sSdDrntvf]|\\[pP]\{[A-Z][a-z]?\}|\\[^\w\s]|\((?:\?(?:[:=!]|i:|<[=!]))?|\)|\|"
        + @"|(?:[?*+]|\{\d+(?:,\d*)?\})(?![?*+{])|[*+?]\?(?![?*+{])|\[\^?(?!\])|[^\\()|?*+{}\[\]^$.\uD800-\uDFFF])")]
    private static partial Regex Outside();

    /// <summary>One part of a set; ranges are those of ASCII, since stand-ins are beyond.</summary>
    [GeneratedRegex(@"\G(?:\\[sSdDrntvf](?!-)|\\[pP]\{[A-Z][a-z]?\}(?!-)|\\[^\w\s](?!-)|[0-9A-Za-z]-[0-9A-Za-z]"
        + @"|(?<!-)\[(?![\^:\]])|\]|-(?=\])|&(?!&)|[^\\\[\]&\uD800-\uDFFF-](?!-[^\]]))")]
    private static partial Regex Inside();
}
