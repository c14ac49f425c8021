using Microsoft.ML.Tokenizers;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Two adjacent entries that are merged into one.</summary>
internal readonly record struct Merge(string Left, string Right);

/// <summary>
/// Byte pair encoding of a piece. The library silently drops symbols that are not in its vocabulary and rejects merges
/// whose entries are missing, so every absent symbol and merge gets an id above the vocabulary's: an output id in that
/// range means text outside the vocabulary.
/// </summary>
internal sealed class BpeMerges
{
    private readonly BpeTokenizer _library;
    private readonly List<string> _absent = [];
    private readonly int _firstAbsent;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">The ids of the entries; they are distinct.</param>
    /// <param name="merges">The merges in order of application; of duplicates, the last counts.</param>
    /// <param name="symbols">The symbols that occur in pieces and may be missing from the vocabulary.</param>
    public BpeMerges(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, IEnumerable<string> symbols)
    {
        _firstAbsent = vocabulary.Values.DefaultIfEmpty(-1).Max() + 1;
        var complete = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        foreach (var entry in symbols.Concat(merges.SelectMany(merge => (string[])[merge.Left, merge.Right, merge.Left + merge.Right])))
        {
            if (complete.TryAdd(entry, _firstAbsent + _absent.Count))
                _absent.Add(entry);
        }
        var kept = merges.Reverse().Distinct().Reverse();
        _library = BpeTokenizer.Create(new BpeOptions(complete) { Merges = kept.Select(merge => $"{merge.Left} {merge.Right}") });
    }

    /// <summary>The ids of a piece, all of whose symbols are in the vocabulary or were passed to the constructor.</summary>
    public IReadOnlyList<int> Encode(ReadOnlySpan<char> piece)
    {
        // The library has a cache and does not document whether it is thread-safe.
        lock (_library)
            return _library.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false);
    }

    /// <summary>Whether an id is outside the vocabulary, and the entry that it was assigned to.</summary>
    public bool IsAbsent(int id, out string entry)
    {
        entry = id < _firstAbsent ? "" : _absent[id - _firstAbsent];
        return id >= _firstAbsent;
    }
}
