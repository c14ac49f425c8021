namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Two adjacent entries that are merged into one.</summary>
internal readonly record struct Merge(string Left, string Right);

/// <summary>
/// Byte pair encoding: of all adjacent pairs, the one whose merge comes first is joined, the leftmost of equals, until no
/// merge applies. A queue over the pairs makes the time n log n, where rescanning after each merge takes n². Absent
/// symbols and entries get ids above the vocabulary's: an output id in that range means text outside the vocabulary.
/// </summary>
internal sealed class BpeMerges
{
    private const int MergesPerReport = 1 << 16;

    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;
    private readonly Dictionary<string, int> _complete;
    private readonly List<string> _absent = [];
    private readonly int _firstAbsent;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">The ids of the entries; they are distinct.</param>
    /// <param name="merges">The merges in order of application; of duplicates, the last counts.</param>
    /// <param name="symbols">The symbols that occur in pieces and may be missing from the vocabulary.</param>
    public BpeMerges(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, IEnumerable<string> symbols)
    {
        _firstAbsent = vocabulary.Values.DefaultIfEmpty(-1).Max() + 1;
        _complete = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        foreach (var symbol in symbols)
            Complete(symbol);
        _merges = new Dictionary<(int, int), (int, int)>(merges.Count);
        foreach (var (rank, (left, right)) in merges.Index())
            _merges[(Complete(left), Complete(right))] = (rank, Complete(left + right));
    }

    /// <summary>The id of a symbol of the vocabulary, or of one that was passed to the constructor.</summary>
    public int IdOf(string symbol) => _complete[symbol];

    /// <summary>The ids of a piece.</summary>
    /// <param name="symbols">The ids of its symbols.</param>
    /// <param name="progress">Receives now and then the share of the work that is done, or less.</param>
    public List<int> Encode(ReadOnlySpan<int> symbols, Action<double>? progress = null)
    {
        var piece = new MergedPiece(symbols);
        var waiting = new PriorityQueue<int, long>(Pairs(piece));
        for (var done = 1; waiting.TryDequeue(out var left, out var priority); done++)
        {
            if (done % MergesPerReport == 0)
                progress?.Invoke(piece.MergedShare);
            // Obsolete if a neighbour was merged since; the new pair has its own place in the queue.
            if (!TryMergeAt(piece, left, out var merge) || Priority(merge.Rank, left) != priority) continue;
            piece.Join(left, merge.Id);
            foreach (var at in (ReadOnlySpan<int>)[piece.Before(left), left])
            {
                if (TryMergeAt(piece, at, out var next))
                    waiting.Enqueue(at, Priority(next.Rank, at));
            }
        }
        return piece.Symbols();
    }

    /// <summary>Whether an id is outside the vocabulary, and the entry that it was assigned to.</summary>
    public bool IsAbsent(int id, out string entry)
    {
        entry = id < _firstAbsent ? "" : _absent[id - _firstAbsent];
        return id >= _firstAbsent;
    }

    private static long Priority(int rank, int at) => ((long)rank << 32) | (uint)at;

    private IEnumerable<(int At, long Priority)> Pairs(MergedPiece piece)
    {
        for (var at = 0; at < piece.Length; at++)
        {
            if (TryMergeAt(piece, at, out var merge))
                yield return (at, Priority(merge.Rank, at));
        }
    }

    private bool TryMergeAt(MergedPiece piece, int left, out (int Rank, int Id) merge)
    {
        merge = default;
        return piece.PairAt(left) is { } pair && _merges.TryGetValue(pair, out merge);
    }

    private int Complete(string entry)
    {
        if (!_complete.TryGetValue(entry, out var id))
        {
            id = _complete[entry] = _firstAbsent + _absent.Count;
            _absent.Add(entry);
        }
        return id;
    }
}
