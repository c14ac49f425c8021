using System.Text;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>Combines the parts of texts into pieces that a tokenizer encodes one by one.</summary>
internal static class TextPieces
{
    /// <summary>The minimum length of a piece, unless the text ends.</summary>
    public const int DefaultCharacters = 1 << 18;

    private const int TextCharactersMax = 1 << 30;

    /// <summary>
    /// Pieces whose concatenated ids are those of the whole text. If the tokenizer allows no safe split, the piece is
    /// the whole text.
    /// </summary>
    /// <exception cref="BadInputException">A text without a safe split point is too long for memory.</exception>
    public static IEnumerable<TextPart> Of(IEnumerable<TextPart> parts, ITokenizer tokenizer, int characters = DefaultCharacters)
    {
        var (pending, begins, threshold) = (new StringBuilder(), true, characters);
        foreach (var part in parts)
        {
            if (part.Begins)
            {
                if (pending.Length > 0)
                    yield return Take(pending, pending.Length, begins);
                (begins, threshold) = (true, characters);
            }

            pending.Append(part.Text);
            if (pending.Length < threshold) continue;

            var length = SafeSplitPoint.Last(pending.ToString(), tokenizer);
            if (length > 0)
            {
                yield return Take(pending, length, begins);
                (begins, threshold) = (false, characters);
            }
            else
            {
                threshold = pending.Length < TextCharactersMax / 2
                    ? pending.Length * 2
                    : throw new BadInputException(
                        $"data: expected text that can be split between two words, found no such place in {pending.Length} characters");
            }
        }

        if (pending.Length > 0)
            yield return Take(pending, pending.Length, begins);
    }

    private static TextPart Take(StringBuilder pending, int length, bool begins)
    {
        var text = pending.ToString(0, length);
        pending.Remove(0, length);
        return new TextPart(text, begins);
    }
}
