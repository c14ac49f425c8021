using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Converts Hugging Face's regular expressions (Oniguruma) to .NET's. Syntax with the same meaning is kept; nested
/// sets, which .NET reads differently, are flattened; anything else is rejected, because it might split differently.
/// </summary>
internal static partial class OnigurumaPattern
{
    /// <summary>The .NET pattern, or null and the unsupported part.</summary>
    public static string? ToDotNet(string pattern, out string unsupported)
    {
        var result = new StringBuilder();
        var depth = 0;
        for (var at = 0; at < pattern.Length;)
        {
            var match = (depth == 0 ? Outside() : Inside()).Match(pattern, at);
            if (!match.Success)
            {
                unsupported = pattern[at..];
                return null;
            }
            // Keep the outermost brackets and drop those inside.
            var isOpening = match.ValueSpan is "[" or "[^";
            var isClosing = depth > 0 && match.ValueSpan is "]";
            if (!(isOpening && depth > 0) && !(isClosing && depth > 1))
                result.Append(match.ValueSpan);
            depth += isOpening ? 1 : isClosing ? -1 : 0;
            at += match.Length;
        }
        unsupported = depth == 0 ? "" : "[";
        return depth == 0 ? result.ToString() : null;
    }

    /// <summary>One element outside a set: an escape, the start of a group, a quantifier, the start of a set, a plain character.</summary>
    [GeneratedRegex(@"\G(?:\\[sSdDrntvf]|\\[pP]\{[A-Z][a-z]?\}|\\[^\w\s]|\((?:\?(?:[:=!]|i:|<[=!]))?|\)|\|"
        + @"|(?:[?*+]|\{\d+(?:,\d*)?\})(?![?*+{])|[*+?]\?(?![?*+{])|\[\^?(?!\])|[^\\()|?*+{}\[\]^$.\uD800-\uDFFF])")]
    private static partial Regex Outside();

    /// <summary>One element of a set; only ASCII ranges, since <see cref="BmpSubstitutes"/> maps other characters to substitutes.</summary>
    [GeneratedRegex(@"\G(?:\\[sSdDrntvf](?!-)|\\[pP]\{[A-Z][a-z]?\}(?!-)|\\[^\w\s](?!-)|[0-9A-Za-z]-[0-9A-Za-z]"
        + @"|(?<!-)\[(?![\^:\]])|\]|-(?=\])|&(?!&)|[^\\\[\]&\uD800-\uDFFF-](?!-[^\]]))")]
    private static partial Regex Inside();
}
