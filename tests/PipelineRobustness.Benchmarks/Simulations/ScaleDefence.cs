using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Benchmarks;

/// <summary>What a pipeline of a study is prepared with.</summary>
internal sealed record ScaleDefence(string Name, CopyPlacement Copies, bool Checkpoints)
{
    /// <summary>All that are compared.</summary>
    public static IReadOnlyList<ScaleDefence> All { get; } =
    [
        new("checkpoints", CopyPlacement.None, true), new("copies", CopyPlacement.Middle, false), new("ring of copies", CopyPlacement.Ring, false),
        new("ring and checkpoints", CopyPlacement.Ring, true),
    ];
}
