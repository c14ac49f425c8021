using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Who covers a lie.</summary>
public enum Cover
{
    /// <summary>No other stage.</summary>
    None,

    /// <summary>The stage behind, which holds a copy of the liar's block.</summary>
    Next,
}

/// <summary>A lie about a stage's own block that the holder of the copy can tell as well.</summary>
public abstract record CoveredLiar : Liar
{
    /// <summary>Which other stage says the same: none, or the next one, which holds a copy of the liar's block.</summary>
    [Setting]
    public Cover With { get; init; }

    /// <inheritdoc/>
    public override bool IsCovered => With == Cover.Next;
}
