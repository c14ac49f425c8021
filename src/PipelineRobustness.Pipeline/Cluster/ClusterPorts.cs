using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Adapts runs to a cluster: stages, server and referee send by lane, compute on the node's device, and their threads run at a lower
/// priority than those that handle messages.
/// </summary>
internal sealed class ClusterPorts(ITransport transport, ClusterOptions options, NodeKey key)
{
    /// <summary>The run on this node.</summary>
    public RunSpec Of(RunSpec run) => run with
    {
        Ports = run.Ports with
        {
            Transport = transport,
            Key = key,
            Device = ComputeDevice.Of(options.Capacity.Device),
            OnComputeThread = () => ComputeThread.LowerPriority(options.ComputeNiceness),
        },
    };
}
