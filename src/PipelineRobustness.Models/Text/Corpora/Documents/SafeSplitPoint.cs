namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>
/// Finds where a long text can be split so that the pieces have the ids of the whole: before a single space between two
/// letters (the space belongs to the following word), and after a single line break before a letter. GPT-2's, BLOOM's
/// and LLaMA 3's patterns always split there. Since the tokenizer's pattern is not known here, each split is verified:
/// the tokenizer must give the surrounding text the same ids as a whole and in two parts.
/// </summary>
internal static class SafeSplitPoint
{
    private const int ContextCharacters = 200;
    private const int AttemptsMax = 8;

    /// <summary>The last safe split point, as the length of the first part; 0 if none is found.</summary>
    public static int Last(string text, ITokenizer tokenizer)
    {
        var attempts = 0;
        for (var at = text.Length - 2; at > 0 && attempts < AttemptsMax; at--)
        {
            if (!IsBetweenWords(text, at)) continue;

            var cut = text[at] == '\n' ? at + 1 : at;
            if (IsSafe(text, cut, tokenizer)) return cut;
            attempts++;
        }

        return 0;
    }

    private static bool IsBetweenWords(string text, int at) =>
        char.IsLetter(text[at + 1])
        && ((text[at] == ' ' && char.IsLetter(text[at - 1])) || (text[at] == '\n' && !char.IsWhiteSpace(text[at - 1])));

    private static bool IsSafe(string text, int cut, ITokenizer tokenizer)
    {
        var (from, to) = (AlignToCharacter(text, Math.Max(0, cut - ContextCharacters)), AlignToCharacter(text, Math.Min(text.Length, cut + ContextCharacters)));
        var whole = tokenizer.Encode(text[from..to]).AsSpan();
        var left = tokenizer.Encode(text[from..cut]);
        return whole.StartsWith(left) && whole[left.Length..].SequenceEqual(tokenizer.Encode(text[cut..to]));
    }

    // Do not split a surrogate pair.
    private static int AlignToCharacter(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
