using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>The runs of a catalog, adapted to a cluster.</summary>
internal sealed class ClusterCatalog(IRunCatalog runs, ClusterPorts ports) : IRunCatalog
{
    /// <inheritdoc/>
    public RunSpec Open(RunKey key) => ports.Of(runs.Open(key));
}
