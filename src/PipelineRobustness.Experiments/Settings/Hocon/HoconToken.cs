namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>What a piece of HOCON text is, as far as its structure goes.</summary>
internal enum HoconTokenKind
{
    Word,
    Quoted,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Assign,
    Comma,
    NewLine,
    End,
}

/// <summary>A piece of HOCON text, its offset, and the line (from 1) it begins on. Comments and blanks make no token.</summary>
internal readonly record struct HoconToken(HoconTokenKind Kind, string Text, int Offset, int Line)
{
    /// <summary>The token as an error message shows it.</summary>
    public string Shown => Kind switch
    {
        HoconTokenKind.NewLine => "the end of the line",
        HoconTokenKind.End => "the end of the file",
        HoconTokenKind.Quoted => $"\"{OneLine.Of(Text)}\"",
        _ => $"'{OneLine.Of(Text)}'",
    };
}
