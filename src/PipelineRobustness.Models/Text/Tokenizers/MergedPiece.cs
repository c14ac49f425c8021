namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>A piece's symbols while they are merged: a linked list, in which a symbol keeps the position of its first part.</summary>
internal sealed class MergedPiece
{
    private const int None = -1;

    private readonly int[] _ids;   // None: merged into a symbol before
    private readonly int[] _next;   // Length: the last symbol
    private readonly int[] _before;   // None: the first symbol
    private int _joined;   // how often Join was called

    /// <summary>Begins with all symbols separate.</summary>
    public MergedPiece(ReadOnlySpan<int> ids)
    {
        _ids = ids.ToArray();
        (_next, _before) = (new int[ids.Length], new int[ids.Length]);
        for (var at = 0; at < ids.Length; at++)
            (_next[at], _before[at]) = (at + 1, at - 1);
    }

    /// <summary>The number of positions.</summary>
    public int Length => _ids.Length;

    /// <summary>The joins made, out of the most that are possible.</summary>
    public double MergedShare => (double)_joined / Length;

    /// <summary>The symbol at a position and the one after it; null if there is none at one of the two.</summary>
    public (int Left, int Right)? PairAt(int at) =>
        at != None && _ids[at] != None && _next[at] < Length ? (_ids[at], _ids[_next[at]]) : null;

    /// <summary>The position of the symbol before one; None if it is the first.</summary>
    public int Before(int at) => _before[at];

    /// <summary>Replaces the symbol at a position and the one after it by one.</summary>
    public void Join(int at, int id)
    {
        var gone = _next[at];
        (_ids[at], _ids[gone]) = (id, None);
        _next[at] = _next[gone];
        if (_next[at] < Length)
            _before[_next[at]] = at;
        _joined++;
    }

    /// <summary>The symbols left.</summary>
    public List<int> Symbols()
    {
        var left = new List<int>(Length - _joined);
        for (var at = 0; at < Length; at = _next[at])
            left.Add(_ids[at]);
        return left;
    }
}
