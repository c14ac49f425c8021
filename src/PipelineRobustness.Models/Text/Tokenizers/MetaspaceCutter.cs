namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>When a text gets a mark before its first word.</summary>
internal enum MarkBefore
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Only where the whole text begins.</summary>
    First,

    /// <summary>Also behind every added token.</summary>
    Always,
}

/// <summary>Writes blanks as marks, puts one before the first word, and may cut before each.</summary>
internal sealed class MetaspaceCutter(char mark, MarkBefore before, bool cutsAtMarks) : PieceCutter
{
    /// <inheritdoc />
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, TakePiece take)
    {
        var marked = text.ToString().Replace(' ', mark);
        if ((before == MarkBefore.Always || (before == MarkBefore.First && isFirst)) && !marked.StartsWith(mark))
            marked = mark + marked;
        var rest = marked.AsSpan();
        while (cutsAtMarks && rest.Length > 1 && rest[1..].IndexOf(mark) is >= 0 and var next)
        {
            take(rest[..(next + 1)]);
            rest = rest[(next + 1)..];
        }
        if (!rest.IsEmpty)
            take(rest);
    }
}
