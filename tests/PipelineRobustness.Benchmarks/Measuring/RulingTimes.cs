using System.Diagnostics;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// How long it takes, in milliseconds, until a lie has cost its stage the seat:
/// <code>
///   commit ──attempt──► first exhibit asked for ──hearing──► ruling ──quarantine──► every block has its holders again
/// </code>
/// </summary>
/// <param name="liars">Stages that lie, each in an iteration of its own.</param>
internal sealed class RulingTimes(IStageBehaviour liars) : DelegatingBehaviour(liars), IRunObserver
{
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _committed;
    private TimeSpan _ruled;

    // Of the attempt under way; null until the first stage is asked to show anything.
    private TimeSpan? _asked;

    /// <summary>Of attempts that were thrown away.</summary>
    public List<double> Attempts { get; } = [];

    /// <summary>Of their hearings.</summary>
    public List<double> Hearings { get; } = [];

    /// <summary>Until another has the seat, and the state.</summary>
    public List<double> Quarantines { get; } = [];

    /// <inheritdoc/>
    public override Tensor? Show(HeldContext context, int? microBatch, Tensor honest)
    {
        lock (_gate) _asked ??= _clock.Elapsed;
        return base.Show(context, microBatch, honest);
    }

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        lock (_gate)
        {
            var now = _clock.Elapsed;
            switch (occurrence)
            {
                case IterationCommitted: _committed = now; break;
                case RulingMade when _asked is { } asked:
                    Attempts.Add((asked - _committed).TotalMilliseconds);
                    Hearings.Add((now - asked).TotalMilliseconds);
                    (_asked, _ruled) = (null, now);
                    break;
                case RecoveryEnded: Quarantines.Add((now - _ruled).TotalMilliseconds); break;
            }
        }
    }
}
