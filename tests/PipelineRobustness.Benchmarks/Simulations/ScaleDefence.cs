using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>The protection of a pipeline in a study.</summary>
/// <param name="Name">Its description.</param>
/// <param name="Copies">The placement of copies.</param>
/// <param name="Every">Iterations between checkpoints; 0 for none.</param>
/// <param name="Within">The longest training time between checkpoints; zero for no limit.</param>
internal sealed record ScaleDefence(string Name, CopyPlacement Copies, long Every, TimeSpan Within = default)
{
    private const long Frequent = 10;

    /// <summary>The protections to compare.</summary>
    public static IReadOnlyList<ScaleDefence> All { get; } =
    [
        new("checkpoints", CopyPlacement.None, Frequent), new("copies", CopyPlacement.Middle, 0), new("ring of copies", CopyPlacement.Ring, 0),
        new("ring and checkpoints", CopyPlacement.Ring, Frequent),
    ];

    /// <summary>The defaults of hocon/reference.conf.</summary>
    public static ScaleDefence Default { get; } = new("default settings", CopyPlacement.None, 50, TimeSpan.FromSeconds(20));
}
