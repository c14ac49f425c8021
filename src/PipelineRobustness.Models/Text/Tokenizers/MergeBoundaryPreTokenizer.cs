namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// Splits between two characters that are adjacent in no merged entry. This changes no ids, and avoids merging a whole
/// text as one piece. It does not split next to a character outside the vocabulary, since adjacent unknown characters
/// may be fused.
/// </summary>
internal sealed class MergeBoundaryPreTokenizer : PreTokenizer
{
    private readonly bool[] _isKnown = new bool[char.MaxValue + 1];
    private readonly HashSet<(char, char)> _joined = [];

    /// <summary>Collects the pairs of characters that merges join.</summary>
    public MergeBoundaryPreTokenizer(IEnumerable<string> entries, IEnumerable<Merge> merges)
    {
        foreach (var entry in entries.Where(entry => entry.Length == 1))
            _isKnown[entry[0]] = true;
        foreach (var made in merges.Select(merge => merge.Left + merge.Right))
            _joined.UnionWith(made.Zip(made.Skip(1)));
    }

    /// <inheritdoc />
    public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
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
