using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Finds added tokens, normalizes and splits the text between them, and encodes each piece. The ids of pieces are
/// cached, since most of a text repeats the same few thousand words. Hand-written: Microsoft.ML.Tokenizers splits
/// characters beyond U+FFFF differently from Hugging Face, and its merging takes the square of a piece's length.
/// </summary>
internal sealed class PieceTokenizer : ITokenizer
{
    private const int CachedPiecesMax = 1 << 17;
    private const int CachedLengthMax = 64;

    private readonly TokenizerParts _parts;
    private readonly AddedTokens _asWritten;
    private readonly AddedTokens _normalized;
    private readonly HashSet<int> _addedIds;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int _cachedCount;

    /// <summary>Creates the tokenizer from its parts.</summary>
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
    public int[] Encode(string text) => Encode(text, _ => { });

    /// <inheritdoc />
    public int[] Encode(string text, Action<double> progress)
    {
        var ids = new List<int>(text.Length / 4 + 1);
        var whole = WithoutLoneSurrogates(text);
        var done = new EncodedShare(whole.Length, progress);
        var from = 0;
        while (_asWritten.TryFind(whole, from, out var range, out var id))
        {
            AppendNormalized(whole[from..range.Start], from == 0, ids, done);
            ids.Add(id);
            from = range.End.Value;
        }
        AppendNormalized(whole[from..], from == 0, ids, done);
        return [.. ids];
    }

    /// <inheritdoc />
    public string Decode(IReadOnlyList<int> ids)
    {
        var text = _parts.Decoder.Decode(ids.Select(id => (_parts.Vocabulary.EntryOf(id), _addedIds.Contains(id))));
        return WithoutLoneSurrogates(text).ToString();
    }

    private void AppendNormalized(ReadOnlySpan<char> segment, bool isFirst, List<int> ids, EncodedShare done)
    {
        if (segment.IsEmpty) return;
        var text = _parts.Normalize is { } normalize ? normalize(segment.ToString()) : segment;
        var from = 0;
        while (_normalized.TryFind(text, from, out var range, out var id))
        {
            AppendPieces(text[from..range.Start], isFirst && from == 0, ids, done);
            ids.Add(id);
            from = range.End.Value;
        }
        AppendPieces(text[from..], isFirst && from == 0, ids, done);
    }

    private void AppendPieces(ReadOnlySpan<char> text, bool isFirst, List<int> ids, EncodedShare done)
    {
        if (text.IsEmpty) return;
        var cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _parts.PreTokenizer.Split(text, isFirst, piece =>
        {
            if (piece.Length <= CachedLengthMax && cached.TryGetValue(piece, out var known))
                ids.AddRange(known.AsSpan());
            else
                AppendUncached(piece, ids, done);
            done.Advance(piece.Length);
        });
    }

    private void AppendUncached(ReadOnlySpan<char> piece, List<int> ids, EncodedShare done)
    {
        var before = ids.Count;
        _parts.Model.Encode(piece, ids, done.Within(piece.Length));
        // Two threads may count the same piece; then fewer pieces are cached, never more.
        if (piece.Length <= CachedLengthMax && Volatile.Read(ref _cachedCount) < CachedPiecesMax && Interlocked.Increment(ref _cachedCount) <= CachedPiecesMax)
            _cache.TryAdd(piece.ToString(), CollectionsMarshal.AsSpan(ids)[before..].ToArray());
    }

    /// <summary>The text with U+FFFD for each lone surrogate, as UTF-8 encoding would produce.</summary>
    private static ReadOnlySpan<char> WithoutLoneSurrogates(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0) return text;
        var replaced = new StringBuilder(text.Length).Append(text.AsSpan(0, first));
        foreach (var rune in text.AsSpan(first).EnumerateRunes())
            replaced.Append(rune);
        return replaced.ToString();
    }
}
