using Akka.Actor;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// Injects a scenario's events that are timed by the clock: once, or repeatedly at a rate. Events at a logical instant are
/// injected where a stage reaches it, before the stage continues: a message would arrive too late for that.
/// </summary>
internal sealed class FailureClock : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name.</summary>
    public const string Name = "failures";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(10);

    private readonly Scenario _scenario;
    private readonly Func<TimeSpan, TimeSpan> _wait;

    /// <summary>For one run.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="wait">Draws the time until the next, given the mean time between two.</param>
    /// <param name="inject">Injects an event, by its place in the scenario; false where its target is not there.</param>
    public FailureClock(Scenario scenario, Func<TimeSpan, TimeSpan> wait, Func<int, bool> inject)
    {
        (_scenario, _wait) = (scenario, wait);
        Receive<Due>(due =>
        {
            var (failure, injected) = (_scenario.Failures[due.Event], inject(due.Event));
            if (failure.Every is { } mean) Schedule(due.Event, _wait(mean));
            else if (!injected && failure.MustHappen) Retry(due);
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        foreach (var (index, failure) in _scenario.Failures.Index())
        {
            if (failure.After is { } after) Schedule(index, after);
            else if (failure.Every is { } mean) Schedule(index, _wait(mean));
        }
    }

    // The target is just being placed again: retry, less often the longer that takes.
    private void Retry(Due due)
    {
        var time = due.Late / 10 > RetryAfter ? due.Late / 10 : RetryAfter;
        Schedule(due.Event, time, due.Late + time);
    }

    private void Schedule(int index, TimeSpan time, TimeSpan late = default) => Timers.StartSingleTimer(index, new Due(index, late), time);

    private sealed record Due(int Event, TimeSpan Late);
}
