namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>
/// Where a long text can be cut so that its pieces have the ids of the whole: before a lone space between two letters (it
/// goes with the word behind it), and behind a lone line break before a letter. There GPT-2's, BLOOM's and LLaMA 3's patterns
/// split whatever stands around. Since a tokenizer's pattern is not known here, each cut is tried too: the tokenizer must
/// give the text around it the same ids whole and in two.
/// </summary>
internal static class SafeSplitPoint
{
    private const int Around = 200;
    private const int AttemptsMax = 8;

    /// <summary>The last place in a text where it can be cut, as the length of the piece before it; 0 where none is found.</summary>
    public static int Last(string text, ITokenizer tokenizer)
    {
        var tries = 0;
        for (var at = text.Length - 2; at > 0 && tries < AttemptsMax; at--)
        {
            if (!IsBetweenWords(text, at)) continue;

            var cut = text[at] == '\n' ? at + 1 : at;
            if (IsSafe(text, cut, tokenizer)) return cut;
            tries++;
        }

        return 0;
    }

    private static bool IsBetweenWords(string text, int at) =>
        char.IsLetter(text[at + 1])
        && ((text[at] == ' ' && char.IsLetter(text[at - 1])) || (text[at] == '\n' && !char.IsWhiteSpace(text[at - 1])));

    private static bool IsSafe(string text, int cut, ITokenizer tokenizer)
    {
        var (from, to) = (Whole(text, Math.Max(0, cut - Around)), Whole(text, Math.Min(text.Length, cut + Around)));
        var whole = tokenizer.Encode(text[from..to]).AsSpan();
        var left = tokenizer.Encode(text[from..cut]);
        return whole.StartsWith(left) && whole[left.Length..].SequenceEqual(tokenizer.Encode(text[cut..to]));
    }

    // Not between the two halves of a character outside the basic plane.
    private static int Whole(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
