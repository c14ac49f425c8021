using Akka.Actor;

namespace PipelineRobustness.Adversity;

/// <summary>
/// Plays what a scenario has by the clock: each event at its time, and those with a rate again and again. What strikes at a logical
/// instant strikes where a stage comes to it, before the stage goes on: a message would come too late for that.
/// </summary>
internal sealed class FailureClock : ReceiveActor, IWithTimers
{
    /// <summary>What the actor is called.</summary>
    public const string Name = "failures";

    private readonly Scenario _scenario;
    private readonly Func<TimeSpan, TimeSpan> _wait;

    /// <summary>For one run.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="wait">Draws the time until the next, given the mean time between two.</param>
    /// <param name="strike">Strikes: an event, by its place in the scenario.</param>
    public FailureClock(Scenario scenario, Func<TimeSpan, TimeSpan> wait, Action<int> strike)
    {
        (_scenario, _wait) = (scenario, wait);
        Receive<Due>(due =>
        {
            strike(due.Event);
            if (_scenario.Failures[due.Event].Every is { } mean) Await(due.Event, _wait(mean));
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        for (var number = 0; number < _scenario.Failures.Count; number++)
        {
            var failure = _scenario.Failures[number];
            if (failure.After is { } after) Await(number, after);
            else if (failure.Every is { } mean) Await(number, _wait(mean));
        }
    }

    private void Await(int number, TimeSpan time) => Timers.StartSingleTimer(number, new Due(number), time);

    private sealed record Due(int Event);
}
