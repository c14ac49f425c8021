namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>This process's progress as a node, and how it ended. Callable from any thread.</summary>
internal sealed class NodeLifecycle(bool joinsOthers) : IDisposable
{
    private readonly TaskCompletionSource<NodeEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _interrupt = new();

    // Never back to false.
    private volatile bool _begun;

    /// <summary>Completes when this node has nothing more to do.</summary>
    public Task<NodeEnd> Ended => _ended.Task;

    /// <summary>Cancelled when the experiment is to end after the current iteration.</summary>
    public CancellationToken Interrupt => _interrupt.Token;

    /// <summary>Whether some node is known to have begun to write results.</summary>
    public bool HasBegun => _begun;

    /// <summary>
    /// Whether some node has begun, or may have begun, to write results: those that let this one in may have begun and left before they
    /// could say so.
    /// </summary>
    public bool MayHaveBegun => _begun || joinsOthers;

    /// <summary>A node has begun to write results.</summary>
    public void Begin() => _begun = true;

    /// <summary>The experiment is to end after the current iteration.</summary>
    public void RequestInterrupt() => _interrupt.Cancel();

    /// <summary>Ends the node; the first call counts.</summary>
    public void End(NodeEndKind kind, string? reason, int exitCode = 0) => _ended.TrySetResult(new NodeEnd(kind, reason, exitCode));

    /// <inheritdoc/>
    public void Dispose() => _interrupt.Dispose();
}
