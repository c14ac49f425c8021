using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace PipelineRobustness.Hosting;

/// <summary>
/// The signals of a node's process, in place of the host's own. SIGINT asks for the experiment to end, on all nodes, after the current
/// iteration; SIGTERM, SIGHUP and SIGXCPU make this node leave the others to it. Before the node has joined, each ends the process at once.
/// </summary>
internal sealed class NodeSignals(PipelineNode node) : IHostLifetime, IDisposable
{
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromMinutes(1);

    private Signals? _signals;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals = new Signals(Handle);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _signals?.Dispose();

    private int? Handle(PosixSignal signal)
    {
        if (!node.HasJoined) return signal == PosixSignal.SIGINT ? ExitCode.Interrupted : ExitCode.Done;
        if (signal == PosixSignal.SIGINT) node.Interrupt();
        else node.Leave(LeaveWithin);
        return null;
    }
}
