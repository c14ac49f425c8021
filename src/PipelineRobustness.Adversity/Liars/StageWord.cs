using System.Globalization;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>A stage by its number, the first, the last, or one that is drawn.</summary>
public sealed record StageWord : SettingKind
{
    /// <summary>Stage 0.</summary>
    public const string First = "first";

    /// <summary>The stage with the last block.</summary>
    public const string Last = "last";

    /// <summary>A stage that is drawn for each attempt.</summary>
    public const string Any = "any";

    private const int Most = 1_000;

    /// <inheritdoc/>
    public override string Expected => $"{First}, {Last}, {Any} or a whole number from 0 to {Most}";

    /// <inheritdoc/>
    public override object? Read(string text) => text is First or Last or Any || Number(text) is <= Most ? text : null;

    /// <summary>The stage that a word names; null where it is drawn.</summary>
    /// <param name="word">The word.</param>
    /// <param name="stages">Stages of the pipeline.</param>
    public static int? Stage(string word, int stages) => word switch
    {
        First => 0,
        Last => stages - 1,
        _ => Number(word),
    };

    /// <summary>The stage that a word gives by its number; null for another word.</summary>
    public static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
