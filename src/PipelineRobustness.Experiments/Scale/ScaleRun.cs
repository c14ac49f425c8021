using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Scale;

/// <summary>The outcome of a <see cref="ScaleCase"/>. Times are virtual.</summary>
/// <param name="Case">The case.</param>
/// <param name="Status">How it ended; null where its time ran out.</param>
/// <param name="Reason">Why, where it was not done.</param>
/// <param name="Iterations">Iterations that count at the end, repeated ones once.</param>
/// <param name="WorkedAgain">Further commits, of iterations that a fall back undid.</param>
/// <param name="Elapsed">From the beginning of training to the last commit, or until its time ran out.</param>
/// <param name="Injected">How often each failure of the scenario took effect.</param>
/// <param name="Recoveries">How often the run recovered.</param>
/// <param name="Turns">Messages that were handled.</param>
public sealed record ScaleResult(
    ScaleCase Case, RunStatus? Status, string? Reason, long Iterations, long WorkedAgain, TimeSpan Elapsed, IReadOnlyList<int> Injected,
    int Recoveries, long Turns)
{
    /// <summary>Mean time of an iteration that counts, everything else included.</summary>
    public TimeSpan PerIteration => Elapsed / Math.Max(1, Iterations);

    /// <summary>Tokens a second that count.</summary>
    public double TokensPerSecond => Iterations * (double)Case.TokensPerIteration / Elapsed.TotalSeconds;
}

/// <summary>Simulates a <see cref="ScaleCase"/>.</summary>
public static class ScaleRun
{
    /// <summary>Simulates it on the calling thread.</summary>
    /// <param name="one">The case.</param>
    /// <param name="observer">Receives the run's events; null for none.</param>
    public static ScaleResult Of(ScaleCase one, IRunObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(one);
        var progress = new Progress(observer);
        using var end = one.Setup.Run(progress, machines => progress.Now = () => machines.Now);
        var outcome = end.End.Outcome;
        return new ScaleResult(
            one, outcome?.Status, outcome?.Reason, progress.Reached, progress.Commits - progress.Reached,
            (outcome is null ? end.End.Elapsed : progress.Last) - progress.Began, end.Injector.Counts,
            progress.Recoveries, end.End.Turns);
    }

    private sealed class Progress(IRunObserver? next) : IRunObserver
    {
        public Func<TimeSpan> Now { get; set; } = () => TimeSpan.Zero;

        public TimeSpan Began { get; private set; }

        public TimeSpan Last { get; private set; }

        public long Commits { get; private set; }

        public long Reached { get; private set; }

        public int Recoveries { get; private set; }

        private long _lastReported = -1;

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is RunStarted) Began = Now();
            if (occurrence is RecoveryEnded) Recoveries++;
            // A commit that is reported again after a recovery does not count.
            if (occurrence is IterationCommitted commit && commit.Iteration != _lastReported)
            {
                Commits++;
                (_lastReported, Reached, Last) = (commit.Iteration, commit.Iteration + 1, Now());
            }

            next?.Observe(occurrence);
        }
    }
}
