using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// A catalog whose runs are spread over a cluster: stages send by lanes, compute on the node's device, and their threads give
/// way to messages.
/// </summary>
internal sealed class ClusterCatalog(IRunCatalog runs, ITransport link, ClusterOptions options) : IRunCatalog
{
    /// <inheritdoc/>
    public RunSpec Open(RunKey key)
    {
        var run = runs.Open(key);
        return run with
        {
            Ports = run.Ports with
            {
                Link = link,
                Device = ComputeDevice.Of(options.Capacity.Device),
                OnComputeThread = () => ComputeThread.GiveWay(options.ComputeNiceness),
            },
        };
    }
}
