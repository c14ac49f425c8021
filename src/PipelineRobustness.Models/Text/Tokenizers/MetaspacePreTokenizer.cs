namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>When a text gets a mark before its first word.</summary>
internal enum PrependScheme
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Only where the whole text begins.</summary>
    First,

    /// <summary>Also behind every added token.</summary>
    Always,
}

/// <summary>Writes blanks as marks, puts one before the first word, and may cut before each.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme before, bool cutsAtMarks) : PreTokenizer
{
    /// <inheritdoc />
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        var marked = text.ToString().Replace(' ', mark);
        if ((before == PrependScheme.Always || (before == PrependScheme.First && isFirst)) && !marked.StartsWith(mark))
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
