using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline;

/// <summary>What happened left stages on these nodes.</summary>
public interface IPlacement
{
    /// <summary>The node of each stage.</summary>
    ImmutableArray<NodeId> Placement { get; }
}
