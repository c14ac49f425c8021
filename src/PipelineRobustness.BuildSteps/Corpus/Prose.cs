using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>Extracts English sentences from API documentation, in plain ASCII.</summary>
public static partial class Prose
{
    private const int WordsMin = 5;
    private const int LettersMax = 600;

    private static readonly HashSet<string> CommonWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "an", "and", "are", "be", "by", "can", "for", "from", "if", "in", "is", "it", "its", "not", "of", "on", "or",
        "that", "the", "this", "to", "was", "when", "which", "will", "with",
    };

    private static readonly (string From, string To)[] Typography =
    [
        ("\u2018", "'"), ("\u2019", "'"), ("\u201c", "\""), ("\u201d", "\""), ("\u2013", "-"), ("\u2014", " - "),
        ("\u2026", "..."), ("\u00a0", " "), ("`", ""), ("INTERNAL API", ""),
    ];

    /// <summary>The English sentences of a rough paragraph, in order, each on one line.</summary>
    public static IEnumerable<string> Sentences(string paragraph)
    {
        foreach (var (from, to) in Typography)
            paragraph = paragraph.Replace(from, to, StringComparison.Ordinal);
        var line = Whitespace().Replace(paragraph, " ").Trim();
        return SentenceEnd().Split(line).Select(Words).Where(IsEnglish);
    }

    /// <summary>Converts names such as <c>IActorRef</c> to words ("actor ref"), so that the text reads as prose.</summary>
    private static string Words(string sentence) => CodeName().Replace(sentence, name =>
    {
        var words = new StringBuilder();
        foreach (Match word in NamePart().Matches(InterfacePrefix().Replace(name.Value, "")))
        {
            if (words.Length > 0)
                words.Append(' ');
            words.Append(word.Length > 1 && word.Value.All(char.IsUpper) ? word.Value : word.Value.ToLowerInvariant());
        }
        if (name.Index == 0)
            words[0] = char.ToUpperInvariant(words[0]);
        return words.ToString();
    });

    private static bool IsEnglish(string sentence)
    {
        if (sentence.Length > LettersMax || !SentenceShape().IsMatch(sentence) || !IsBalanced(sentence)) return false;
        var tokens = sentence.Split(' ');
        return tokens.Length >= WordsMin && tokens.All(token => Token().IsMatch(token)) && tokens.Any(CommonWords.Contains)
            && sentence.Count(letter => char.IsAsciiLetter(letter) || letter == ' ') >= 0.9 * sentence.Length;
    }

    private static bool IsBalanced(string sentence)
    {
        var open = 0;
        foreach (var letter in sentence)
            if ((open += letter == '(' ? 1 : letter == ')' ? -1 : 0) is < 0 or > 1) return false;
        return open == 0 && sentence.Count(letter => letter == '"') % 2 == 0;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    /// <summary>A full stop, question mark or exclamation mark before a capital, but not after "e.g." and similar abbreviations.</summary>
    [GeneratedRegex(@"(?<=[.!?]\)?)(?<!\b(?:e\.g|i\.e|etc|vs|cf|resp|approx)\.)\s+(?=[A-Z""(])")]
    private static partial Regex SentenceEnd();

    /// <summary>A word with an inner capital: <c>ActorSystem</c>, <c>maxRetries</c>.</summary>
    [GeneratedRegex(@"\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\b|\bI[A-Z][a-z]+\b")]
    private static partial Regex CodeName();

    [GeneratedRegex("^I(?=[A-Z][a-z])")]
    private static partial Regex InterfacePrefix();

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex NamePart();

    [GeneratedRegex("^[A-Z][A-Za-z0-9 ,.;:'\"()!?/%-]*[.!?]\\)?$")]
    private static partial Regex SentenceShape();

    /// <summary>A word, number, abbreviation or dash with surrounding punctuation.</summary>
    [GeneratedRegex("""^["'(]*(?:[A-Za-z]+(?:['/-][A-Za-z]+)*|[0-9]+(?:[.,-][0-9]+)*%?|e\.g\.|i\.e\.|-)['")]*[,;:.!?]*[")]*[,;:.!?]?$""")]
    private static partial Regex Token();
}
