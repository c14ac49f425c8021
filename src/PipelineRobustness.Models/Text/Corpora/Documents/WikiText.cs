using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>Takes back what WikiText's makers did to its text: spaces around punctuation, marked hyphens, spaced headings.</summary>
public static partial class WikiText
{
    /// <summary>One line as it was probably written; a line of blanks is empty.</summary>
    public static string Detokenise(string line)
    {
        var text = Heading().Replace(line.Trim(), heading => heading.Value.Replace(" ", "", StringComparison.Ordinal));
        text = Marked().Replace(text, "$1");
        text = BeforePunctuation().Replace(text, "$1");
        text = AfterOpening().Replace(text, "$1");
        text = Quoted().Replace(text, "\"$1\"");
        text = Shortened().Replace(text, "$1");
        return text.Replace("s ' ", "s' ", StringComparison.Ordinal).Replace(" \u00B0", "\u00B0", StringComparison.Ordinal);
    }

    /// <summary>The texts with every line detokenised, lines without any character left out, an empty line between two.</summary>
    internal static IEnumerable<TextPart> Detokenise(IEnumerable<TextPart> parts)
    {
        var (open, begins) = (new StringBuilder(), true);
        foreach (var part in parts)
        {
            if (part.Begins)
            {
                if (Taken(open, begins) is { } last)
                    yield return last;
                begins = true;
            }

            var start = 0;
            for (var end = LineEnd(part.Text, start); end >= 0; end = LineEnd(part.Text, start))
            {
                open.Append(part.Text, start, end - start);
                start = end + 1;
                if (Taken(open, begins) is not { } line) continue;

                yield return line;
                begins = false;
            }

            open.Append(part.Text, start, part.Text.Length - start);
        }

        if (Taken(open, begins) is { } rest)
            yield return rest;
    }

    private static int LineEnd(string text, int start) => text.IndexOf('\n', start);

    private static TextPart? Taken(StringBuilder open, bool begins)
    {
        var line = Detokenise(open.ToString());
        open.Clear();
        return line.Length == 0 ? null : new TextPart(begins ? line : "\n\n" + line, begins);
    }

    /// <summary>The equals signs around a heading: "= = Plot = =".</summary>
    [GeneratedRegex(@"^=( =)+(?= )|(?<= )=( =)+$")]
    private static partial Regex Heading();

    /// <summary>Within numbers and compounds: "20 @,@ 000", "role @-@ playing".</summary>
    [GeneratedRegex(@" @([-,.])@ ")]
    private static partial Regex Marked();

    [GeneratedRegex(@" ([,.;:!?%)\]}])(?= |$)")]
    private static partial Regex BeforePunctuation();

    [GeneratedRegex(@"(?<= |^)([(\[{$£]) ")]
    private static partial Regex AfterOpening();

    [GeneratedRegex("(?<= |^|\\()\" ([^\"]*?) ?\"")]
    private static partial Regex Quoted();

    /// <summary>"Teddy 's", "did n't", "they 're".</summary>
    [GeneratedRegex(@" ('(?:s|re|ve|ll|d|m)|n't)(?=\W|$)")]
    private static partial Regex Shortened();
}
