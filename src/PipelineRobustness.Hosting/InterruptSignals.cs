namespace PipelineRobustness.Hosting;

/// <summary>
/// SIGINT, SIGTERM, SIGHUP and SIGXCPU as a request to end after the current iteration. SIGINT or SIGTERM after that ends the process at
/// once.
/// </summary>
public sealed class InterruptSignals : IDisposable
{
    // Never disposed of, since a signal may be on its way.
    private readonly CancellationTokenSource _source = new();
    private readonly Signals _signals;

    /// <summary>Handles signals from now on.</summary>
    public InterruptSignals() => _signals = new Signals(_ =>
    {
        _source.Cancel();
        return null;
    });

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>From now on a first signal changes nothing, until the process ends: what is left is to write the results.</summary>
    public void Dispose() => _signals.Dispose();
}
