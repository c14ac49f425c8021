namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>When a mark is put before the first word of a text.</summary>
internal enum PrependScheme
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Only at the beginning of the whole text.</summary>
    First,

    /// <summary>Also after every added token.</summary>
    Always,
}

/// <summary>Replaces spaces by marks, may put one before the first word, and may split before each mark.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool splitsAtMarks) : PreTokenizer
{
    /// <inheritdoc />
    public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        var marked = text.ToString().Replace(' ', mark);
        if ((scheme == PrependScheme.Always || (scheme == PrependScheme.First && isFirst)) && !marked.StartsWith(mark))
            marked = mark + marked;
        var rest = marked.AsSpan();
        while (splitsAtMarks && rest.Length > 1 && rest[1..].IndexOf(mark) is >= 0 and var next)
        {
            take(rest[..(next + 1)]);
            rest = rest[(next + 1)..];
        }
        if (!rest.IsEmpty)
            take(rest);
    }
}
