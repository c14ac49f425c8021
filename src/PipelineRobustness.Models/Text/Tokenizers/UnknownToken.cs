using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Encodes text that is not in the vocabulary.</summary>
/// <param name="origin">The tokenizer's file or folder, for messages.</param>
/// <param name="id">The id of the unknown token, or null.</param>
/// <param name="isFused">Whether adjacent unknown parts of a piece become one token.</param>
internal sealed class UnknownToken(string origin, int? id, bool isFused)
{
    private const int ShownCharacters = 40;

    /// <summary>Appends the unknown token.</summary>
    /// <param name="bytes">The text outside the vocabulary in UTF-8; it may be part of a character.</param>
    /// <param name="piece">The piece that contains it, for messages.</param>
    /// <param name="ids">Receives the id.</param>
    /// <param name="followsUnknown">Whether the preceding text in the same piece was unknown, too.</param>
    /// <exception cref="BadInputException">There is no unknown token.</exception>
    public void Append(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> piece, List<int> ids, bool followsUnknown)
    {
        if (id is not { } unknown)
            throw new BadInputException(
                $"{origin}: expected a vocabulary that covers the text, or an unk_token, "
                + $"found neither for {Shown(bytes)} in {Shown(Encoding.UTF8.GetBytes(piece.ToString()))}");
        if (!isFused || !followsUnknown)
            ids.Add(unknown);
    }

    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (text.Contains('\uFFFD', StringComparison.Ordinal))
            return $"the bytes {Convert.ToHexString(bytes[..Math.Min(bytes.Length, ShownCharacters)])}";
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(ShownCharacters))
            shown.Append(Rune.IsControl(rune) ? $"U+{rune.Value:X4}" : rune.ToString());
        return $"\"{shown}\"";
    }
}
