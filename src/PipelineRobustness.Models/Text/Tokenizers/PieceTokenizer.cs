using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Finds added tokens, normalizes and cuts what lies between them, and merges each piece; the ids of pieces that were seen
/// before are remembered, since most of a text is the same few thousand words.
/// </summary>
internal sealed class PieceTokenizer : ITokenizer
{
    private const int PiecesMax = 1 << 17;
    private const int PieceLengthMax = 64;

    private readonly TokenizerParts _parts;
    private readonly AddedTokens _asWritten;
    private readonly AddedTokens _normalized;
    private readonly HashSet<int> _addedIds;
    private readonly ConcurrentDictionary<string, int[]> _seen = new(StringComparer.Ordinal);
    private int _seenCount;

    /// <summary>Puts the parts together.</summary>
    public PieceTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _asWritten = new AddedTokens(parts.Added.Where(token => !token.IsNormalized));
        _normalized = new AddedTokens(parts.Added.Where(token => token.IsNormalized)
            .Select(token => token with { Content = parts.Normalize?.Invoke(token.Content) ?? token.Content }));
        _addedIds = [.. parts.Added.Select(token => token.Id)];
    }

    /// <inheritdoc />
    public string Name => _parts.Name;

    /// <inheritdoc />
    public string Identity => _parts.Identity;

    /// <inheritdoc />
    public int VocabularySize => _parts.Vocabulary.Size;

    /// <inheritdoc />
    public int? BeginOfText => _parts.BeginOfText;

    /// <inheritdoc />
    public int? EndOfText => _parts.EndOfText;

    /// <inheritdoc />
    public int? Unknown => _parts.Unknown;

    /// <inheritdoc />
    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 4 + 1);
        var whole = Repaired(text);
        var from = 0;
        while (_asWritten.TryFind(whole, from, out var taken, out var id))
        {
            AppendNormalized(whole[from..taken.Start], from == 0, ids);
            ids.Add(id);
            from = taken.End.Value;
        }
        AppendNormalized(whole[from..], from == 0, ids);
        return [.. ids];
    }

    /// <inheritdoc />
    public string Decode(IReadOnlyList<int> ids) =>
        _parts.Decoder.Decode(ids.Select(id => (_parts.Vocabulary.EntryOf(id), _addedIds.Contains(id))));

    private void AppendNormalized(ReadOnlySpan<char> segment, bool isFirst, List<int> ids)
    {
        if (segment.IsEmpty) return;
        var text = _parts.Normalize is { } normalize ? normalize(segment.ToString()) : segment;
        var from = 0;
        while (_normalized.TryFind(text, from, out var taken, out var id))
        {
            AppendPieces(text[from..taken.Start], isFirst && from == 0, ids);
            ids.Add(id);
            from = taken.End.Value;
        }
        AppendPieces(text[from..], isFirst && from == 0, ids);
    }

    private void AppendPieces(ReadOnlySpan<char> text, bool isFirst, List<int> ids)
    {
        if (text.IsEmpty) return;
        var seen = _seen.GetAlternateLookup<ReadOnlySpan<char>>();
        _parts.Cutter.Cut(text, isFirst, piece =>
        {
            if (piece.Length <= PieceLengthMax && seen.TryGetValue(piece, out var known))
                ids.AddRange(known.AsSpan());
            else
                AppendNew(piece, ids);
        });
    }

    private void AppendNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        var before = ids.Count;
        _parts.Model.Encode(piece, ids);
        // Several threads may count one piece twice: then fewer are remembered, never more.
        if (piece.Length <= PieceLengthMax && Volatile.Read(ref _seenCount) < PiecesMax && Interlocked.Increment(ref _seenCount) <= PiecesMax)
            _seen.TryAdd(piece.ToString(), CollectionsMarshal.AsSpan(ids)[before..].ToArray());
    }

    /// <summary>The text with U+FFFD for each lone surrogate, as writing it in UTF-8 would do.</summary>
    private static ReadOnlySpan<char> Repaired(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0) return text;
        var repaired = new StringBuilder(text.Length).Append(text.AsSpan(0, first));
        foreach (var rune in text.AsSpan(first).EnumerateRunes())
            repaired.Append(rune);
        return repaired.ToString();
    }
}
