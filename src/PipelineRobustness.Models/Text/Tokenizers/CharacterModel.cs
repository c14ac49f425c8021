using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Merges the characters of a piece; a character that is not in the vocabulary becomes the entries of its UTF-8 bytes
/// if they exist (LLaMA 2).
/// </summary>
/// <param name="vocabulary">The entries.</param>
/// <param name="merges">The merges in order; their entries are in the vocabulary.</param>
/// <param name="unknown">Handles characters outside the vocabulary.</param>
/// <param name="fallsBackToBytes">Whether absent characters are first encoded as bytes.</param>
/// <param name="ignoresMerges">Whether a piece that is an entry is encoded as that entry, whatever the merges give.</param>
internal sealed class CharacterModel(
    IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, UnknownToken unknown, bool fallsBackToBytes, bool ignoresMerges)
    : IPieceModel
{
    private readonly BpeMerges _merges = new(vocabulary, merges, []);
    private readonly HashSet<Rune> _known = [.. vocabulary.Keys.Where(IsOneCharacter).Select(entry => Rune.GetRuneAt(entry, 0))];
    private readonly int?[]? _bytes = fallsBackToBytes ? ByteEntries.In(vocabulary) : null;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (ignoresMerges && vocabulary.TryGetValue(piece.ToString(), out var whole))
        {
            ids.Add(whole);
            return;
        }
        // No merge contains an absent character, so the text on its two sides can be merged separately.
        var (from, at, followsUnknown) = (0, 0, false);
        foreach (var rune in piece.EnumerateRunes())
        {
            var length = rune.Utf16SequenceLength;
            if (!_known.Contains(rune))
            {
                AppendMerged(piece[from..at], ids);
                followsUnknown = AppendAbsent(rune, piece, ids, followsUnknown && from == at);
                from = at + length;
            }
            at += length;
        }
        AppendMerged(piece[from..], ids);
    }

    private void AppendMerged(ReadOnlySpan<char> known, List<int> ids)
    {
        if (!known.IsEmpty)
            ids.AddRange(_merges.Encode(known));
    }

    /// <summary>Returns whether the character was encoded as unknown instead of as bytes.</summary>
    private bool AppendAbsent(Rune rune, ReadOnlySpan<char> piece, List<int> ids, bool followsUnknown)
    {
        Span<byte> buffer = stackalloc byte[4];
        var bytes = buffer[..rune.EncodeToUtf8(buffer)];
        var first = ids.Count;
        foreach (var value in bytes)
        {
            if (_bytes?[value] is not { } id)
            {
                ids.RemoveRange(first, ids.Count - first);
                unknown.Append(bytes, piece, ids, followsUnknown);
                return true;
            }
            ids.Add(id);
        }
        return false;
    }

    private static bool IsOneCharacter(string entry) =>
        Rune.TryGetRuneAt(entry.Length > 0 ? entry : "\uD800", 0, out var rune) && rune.Utf16SequenceLength == entry.Length;
}
