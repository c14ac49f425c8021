namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>The kind of a piece of HOCON text.</summary>
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

/// <summary>A piece of HOCON text, where it is, and the line (from 1) it begins on. Comments and blanks make no token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">What it stands for: a quoted text without quotes and escapes.</param>
/// <param name="Start">Its offset.</param>
/// <param name="End">The offset after it.</param>
/// <param name="Line">Its line.</param>
internal readonly record struct HoconToken(HoconTokenKind Kind, string Text, int Start, int End, int Line)
{
    /// <summary>Whether it is a value, or a part of one.</summary>
    public bool IsScalar => Kind is HoconTokenKind.Word or HoconTokenKind.Quoted;

    /// <summary>The token as an error message shows it.</summary>
    public string Shown => Kind switch
    {
        HoconTokenKind.NewLine => "the end of the line",
        HoconTokenKind.End => "the end of the file",
        HoconTokenKind.Quoted => $"\"{OneLine.Of(Text)}\"",
        _ => $"'{OneLine.Of(Text)}'",
    };
}
