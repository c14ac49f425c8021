using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Adapts each run of a catalog to a cluster: its stages send by lane, compute on the node's device, and their threads run at a
/// lower priority than those that handle messages.
/// </summary>
internal sealed class ClusterCatalog(IRunCatalog runs, ITransport transport, ClusterOptions options) : IRunCatalog
{
    /// <inheritdoc/>
    public RunSpec Open(RunKey key)
    {
        var run = runs.Open(key);
        return run with
        {
            Ports = run.Ports with
            {
                Transport = transport,
                Device = ComputeDevice.Of(options.Capacity.Device),
                OnComputeThread = () => ComputeThread.LowerPriority(options.ComputeNiceness),
            },
        };
    }
}
