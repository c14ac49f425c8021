using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>What a pipeline of a study is prepared with.</summary>
/// <param name="Name">In words.</param>
/// <param name="Copies">Who holds them.</param>
/// <param name="Every">Iterations between two checkpoints; 0 for none.</param>
/// <param name="Within">The longest time of training between two; zero for any.</param>
internal sealed record ScaleDefence(string Name, CopyPlacement Copies, long Every, TimeSpan Within = default)
{
    private const long Often = 10;

    /// <summary>All that are compared.</summary>
    public static IReadOnlyList<ScaleDefence> All { get; } =
    [
        new("checkpoints", CopyPlacement.None, Often), new("copies", CopyPlacement.Middle, 0), new("ring of copies", CopyPlacement.Ring, 0),
        new("ring and checkpoints", CopyPlacement.Ring, Often),
    ];

    /// <summary>What hocon/reference.conf says.</summary>
    public static ScaleDefence Default { get; } = new("default settings", CopyPlacement.None, 50, TimeSpan.FromSeconds(20));
}
