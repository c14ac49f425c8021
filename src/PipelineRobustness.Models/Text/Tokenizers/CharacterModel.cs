using System.Runtime.InteropServices;
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
    private readonly Dictionary<Rune, int> _known =
        vocabulary.Where(entry => IsOneCharacter(entry.Key)).ToDictionary(entry => Rune.GetRuneAt(entry.Key, 0), entry => entry.Value);

    private readonly int?[]? _bytes = fallsBackToBytes ? ByteEntries.In(vocabulary) : null;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<char> piece, List<int> ids, Action<double>? progress)
    {
        if (ignoresMerges && vocabulary.TryGetValue(piece.ToString(), out var whole))
        {
            ids.Add(whole);
            return;
        }
        // No merge contains an absent character, so the text on its two sides can be merged separately.
        var (known, followsUnknown) = (new List<int>(piece.Length), false);
        foreach (var rune in piece.EnumerateRunes())
        {
            if (_known.TryGetValue(rune, out var id))
            {
                known.Add(id);
                continue;
            }
            followsUnknown &= known.Count == 0;
            AppendMerged(known, ids, progress);
            followsUnknown = AppendAbsent(rune, piece, ids, followsUnknown);
        }
        AppendMerged(known, ids, progress);
    }

    /// <summary>Appends the ids of known characters, and clears them.</summary>
    private void AppendMerged(List<int> known, List<int> ids, Action<double>? progress)
    {
        if (known.Count > 0)
            ids.AddRange(_merges.Encode(CollectionsMarshal.AsSpan(known), progress));
        known.Clear();
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
