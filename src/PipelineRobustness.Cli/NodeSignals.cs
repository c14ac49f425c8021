using System.Runtime.InteropServices;
using PipelineRobustness.Pipeline.Cluster;

namespace PipelineRobustness.Cli;

/// <summary>
/// Ctrl-C and SIGTERM of a node. The first Ctrl-C asks for the experiment to end, on all nodes, after the current iteration;
/// the first SIGTERM makes this node leave the others to it. A second signal, or one before the node has joined, ends the
/// process at once.
/// </summary>
internal sealed class NodeSignals : IDisposable
{
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromMinutes(1);

    private readonly PosixSignalRegistration[] _registrations;
    private volatile ClusterNode? _node;
    private int _count;

    public NodeSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Heed(context, node => node.Interrupt(), ExitCode.Interrupted)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Heed(context, node => node.Leave(LeaveWithin), ExitCode.Done)),
    ];

    /// <summary>The node, once it has joined.</summary>
    public ClusterNode Node
    {
        set => _node = value;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Heed(PosixSignalContext context, Action<ClusterNode> order, int codeBefore)
    {
        context.Cancel = true;
        if (_node is not { } node)
            Interrupts.QuitAtOnce(codeBefore);
        else if (Interlocked.Increment(ref _count) > 1)
            Interrupts.QuitAtOnce();
        else
            order(node);
    }
}
