using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>Reverses WikiText's tokenisation: spaces around punctuation, marked hyphens, spaced headings.</summary>
public static partial class WikiText
{
    /// <summary>Restores a line to its probable original; a blank line becomes empty.</summary>
    public static string Detokenise(string line)
    {
        var text = HeadingStart().Replace(line.Trim(), WithoutSpaces);
        text = HeadingEnd().Replace(text, WithoutSpaces);
        text = MarkedCharacter().Replace(text, "$1");
        text = BeforePunctuation().Replace(text, "$1");
        text = AfterOpening().Replace(text, "$1");
        text = Quoted().Replace(text, "\"$1\"");
        text = Contraction().Replace(text, "$1");
        return text.Replace("s ' ", "s' ", StringComparison.Ordinal).Replace(" \u00B0", "\u00B0", StringComparison.Ordinal);
    }

    /// <summary>Detokenises every line, drops blank lines, and separates lines by an empty line.</summary>
    internal static IEnumerable<TextPart> Detokenise(IEnumerable<TextPart> parts)
    {
        var (pending, begins) = (new StringBuilder(), true);
        foreach (var part in parts)
        {
            if (part.Begins)
            {
                if (Take(pending, begins) is { } last)
                    yield return last;
                begins = true;
            }

            var start = 0;
            for (var end = LineEnd(part.Text, start); end >= 0; end = LineEnd(part.Text, start))
            {
                pending.Append(part.Text, start, end - start);
                start = end + 1;
                if (Take(pending, begins) is not { } line) continue;

                yield return line;
                begins = false;
            }

            pending.Append(part.Text, start, part.Text.Length - start);
        }

        if (Take(pending, begins) is { } rest)
            yield return rest;
    }

    private static int LineEnd(string text, int start) => text.IndexOf('\n', start);

    private static TextPart? Take(StringBuilder pending, bool begins)
    {
        var line = Detokenise(pending.ToString());
        pending.Clear();
        return line.Length == 0 ? null : new TextPart(begins ? line : "\n\n" + line, begins);
    }

    private static string WithoutSpaces(Match signs) => signs.Value.Replace(" ", "", StringComparison.Ordinal);

    /// <summary>The equals signs before a heading: "= = Plot = =".</summary>
    [GeneratedRegex("^=( =)+(?= )")]
    private static partial Regex HeadingStart();

    /// <summary>The equals signs after a heading. From right to left: from the left, every sign of a long row would be tried.</summary>
    [GeneratedRegex("(?<= )=( =)+$", RegexOptions.RightToLeft)]
    private static partial Regex HeadingEnd();

    /// <summary>Marked characters within numbers and compounds: "20 @,@ 000", "role @-@ playing".</summary>
    [GeneratedRegex(@" @([-,.])@ ")]
    private static partial Regex MarkedCharacter();

    [GeneratedRegex(@" ([,.;:!?%)\]}])(?= |$)")]
    private static partial Regex BeforePunctuation();

    [GeneratedRegex(@"(?<= |^)([(\[{$£]) ")]
    private static partial Regex AfterOpening();

    [GeneratedRegex("(?<= |^|\\()\" ([^\"]*?) ?\"")]
    private static partial Regex Quoted();

    /// <summary>Contractions: "Teddy 's", "did n't", "they 're".</summary>
    [GeneratedRegex(@" ('(?:s|re|ve|ll|d|m)|n't)(?=\W|$)")]
    private static partial Regex Contraction();
}
