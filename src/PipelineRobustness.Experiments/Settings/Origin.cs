namespace PipelineRobustness.Experiments.Settings;

/// <summary>Where a setting was written.</summary>
/// <param name="Source">A file's name, <c>--set</c>, <c>--seed</c> or <c>reference.conf</c>.</param>
/// <param name="Line">The line in the file, from 1; null on the command line.</param>
public sealed record Origin(string Source, int? Line = null)
{
    /// <summary>Its place among the keys of its source, in the order written.</summary>
    public int Place { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Line is null ? Source : $"{Source}:{Line}";
}
