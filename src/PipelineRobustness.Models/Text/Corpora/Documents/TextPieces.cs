using System.Text;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>Puts the parts of texts together to pieces that a tokenizer can be given one by one.</summary>
internal static class TextPieces
{
    /// <summary>Characters of a piece, at least, where the text does not end before.</summary>
    public const int DefaultCharacters = 1 << 18;

    private const int TextCharactersMax = 1 << 30;

    /// <summary>
    /// Pieces whose ids, one after another, are those of the whole text. Where a tokenizer allows no cut, a piece is the whole
    /// text.
    /// </summary>
    /// <exception cref="BadInputException">A text without any place to cut it is longer than memory allows.</exception>
    public static IEnumerable<TextPart> Of(IEnumerable<TextPart> parts, ITokenizer tokenizer, int characters = DefaultCharacters)
    {
        var (open, begins, enough) = (new StringBuilder(), true, characters);
        foreach (var part in parts)
        {
            if (part.Begins)
            {
                if (open.Length > 0)
                    yield return Taken(open, open.Length, begins);
                (begins, enough) = (true, characters);
            }

            open.Append(part.Text);
            if (open.Length < enough) continue;

            var cut = SafeSplitPoint.Last(open.ToString(), tokenizer);
            if (cut > 0)
            {
                yield return Taken(open, cut, begins);
                (begins, enough) = (false, characters);
            }
            else
            {
                enough = open.Length < TextCharactersMax / 2
                    ? open.Length * 2
                    : throw new BadInputException($"data: expected text that can be cut between two words, found none in {open.Length} characters");
            }
        }

        if (open.Length > 0)
            yield return Taken(open, open.Length, begins);
    }

    private static TextPart Taken(StringBuilder open, int length, bool begins)
    {
        var text = open.ToString(0, length);
        open.Remove(0, length);
        return new TextPart(text, begins);
    }
}
