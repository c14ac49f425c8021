namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Cuts between two characters that stand side by side in no entry that a merge makes. No id changes by that, and it
/// spares merging a whole text as one piece. Next to a character that is not in the vocabulary nothing is cut: there
/// neighbours may become one unknown.
/// </summary>
internal sealed class MergeBoundaryPreTokenizer : PreTokenizer
{
    private readonly bool[] _isKnown = new bool[char.MaxValue + 1];
    private readonly HashSet<(char, char)> _joined = [];

    /// <summary>Finds what is joined.</summary>
    public MergeBoundaryPreTokenizer(IEnumerable<string> entries, IEnumerable<Merge> merges)
    {
        foreach (var entry in entries.Where(entry => entry.Length == 1))
            _isKnown[entry[0]] = true;
        foreach (var made in merges.Select(merge => merge.Left + merge.Right))
            _joined.UnionWith(made.Zip(made.Skip(1)));
    }

    /// <inheritdoc />
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        var from = 0;
        for (var at = 1; at < text.Length; at++)
        {
            if (!_isKnown[text[at - 1]] || !_isKnown[text[at]] || _joined.Contains((text[at - 1], text[at]))) continue;
            take(text[from..at]);
            from = at;
        }
        if (from < text.Length)
            take(text[from..]);
    }
}
