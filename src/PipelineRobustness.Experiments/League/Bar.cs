namespace PipelineRobustness.Experiments.League;

/// <summary>Whether a promise was kept.</summary>
public enum BarEnd
{
    /// <summary>It was.</summary>
    Holds,

    /// <summary>It was not.</summary>
    Broken,

    /// <summary>No row shows it.</summary>
    NotJudged,
}

/// <summary>A promise about a league's rows.</summary>
/// <param name="Name">What is promised, and by which detector.</param>
/// <param name="End">Whether it was kept.</param>
/// <param name="Reason">What shows it.</param>
public sealed record Bar(string Name, BarEnd End, string Reason)
{
    /// <summary>The end in words.</summary>
    public string EndInWords => End switch { BarEnd.Holds => "holds", BarEnd.Broken => "BROKEN", _ => "not judged" };

    /// <inheritdoc/>
    public override string ToString() => $"{EndInWords}: {Name}: {Reason}";
}
