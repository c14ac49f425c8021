using Microsoft.ML.Tokenizers;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Two entries that are merged into one where they stand side by side.</summary>
internal readonly record struct Merge(string Left, string Right);

/// <summary>
/// Byte pair encoding of one piece. The library leaves out without a word what is not in its vocabulary and refuses
/// merges whose entries are missing, so every symbol and merge that is absent is given an id of its own beyond the
/// vocabulary's: whatever comes out with such an id is not in the vocabulary.
/// </summary>
internal sealed class BpeMerges
{
    private readonly BpeTokenizer _library;
    private readonly List<string> _absent = [];
    private readonly int _firstAbsent;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">The entries' ids; two entries do not share an id.</param>
    /// <param name="merges">From the one done first to the one done last; of two that are equal the last counts.</param>
    /// <param name="symbols">What pieces are made of, as far as it is not in the vocabulary.</param>
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

    /// <summary>The ids of a piece, all of whose symbols are in the vocabulary or were named.</summary>
    public IReadOnlyList<int> Encode(ReadOnlySpan<char> piece)
    {
        // The library keeps a cache and does not say whether several threads may use it.
        lock (_library)
            return _library.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false);
    }

    /// <summary>Whether an id is none of the vocabulary's, and what it was made up for.</summary>
    public bool IsAbsent(int id, out string entry)
    {
        entry = id < _firstAbsent ? "" : _absent[id - _firstAbsent];
        return id >= _firstAbsent;
    }
}
