using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>An event after which stages are on these nodes.</summary>
public interface IPlacement
{
    /// <summary>The node of each stage.</summary>
    ImmutableArray<NodeId> Placement { get; }
}
