using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>What becomes of a piece that is not in the vocabulary.</summary>
/// <param name="origin">The tokenizer's file or folder, to name it.</param>
/// <param name="id">The id that stands for such pieces, or null.</param>
/// <param name="isFused">Whether neighbours within a piece become one.</param>
internal sealed class UnknownToken(string origin, int? id, bool isFused)
{
    private const int ShownCharacters = 40;

    /// <summary>Appends what stands for a piece.</summary>
    /// <param name="bytes">What is not in the vocabulary, in UTF-8; it may be a part of a character.</param>
    /// <param name="piece">Where it stands.</param>
    /// <param name="ids">Where to.</param>
    /// <param name="followsUnknown">Whether what stands before it in the same piece was unknown, too.</param>
    /// <exception cref="BadInputException">Nothing stands for it.</exception>
    public void Append(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> piece, List<int> ids, bool followsUnknown)
    {
        if (id is not { } unknown)
            throw new BadInputException(
                $"{origin}: expected a vocabulary with all of the text or an unk_token that stands for the rest, "
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
