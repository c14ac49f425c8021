using Akka.Actor;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// Plays what a scenario has by the clock: each event at its time, and those with a rate again and again. What strikes at a logical
/// instant strikes where a stage comes to it, before the stage goes on: a message would come too late for that.
/// </summary>
internal sealed class FailureClock : ReceiveActor, IWithTimers
{
    /// <summary>What the actor is called.</summary>
    public const string Name = "failures";

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    private readonly Scenario _scenario;
    private readonly Func<TimeSpan, TimeSpan> _wait;

    /// <summary>For one run.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="wait">Draws the time until the next, given the mean time between two.</param>
    /// <param name="strike">Strikes: an event, by its place in the scenario; false where nobody is there whom it could befall.</param>
    public FailureClock(Scenario scenario, Func<TimeSpan, TimeSpan> wait, Func<int, bool> strike)
    {
        (_scenario, _wait) = (scenario, wait);
        Receive<Due>(due =>
        {
            var (failure, struck) = (_scenario.Failures[due.Event], strike(due.Event));
            if (failure.Every is { } mean) Await(due.Event, _wait(mean));
            // Whoever is just being placed anew suffers it then. It is looked for less often the longer it takes.
            else if (!struck && failure.MustStrike) AwaitWhom(due);
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

    private void AwaitWhom(Due due)
    {
        var time = due.Late / 10 > Soon ? due.Late / 10 : Soon;
        Await(due.Event, time, due.Late + time);
    }

    private void Await(int number, TimeSpan time, TimeSpan late = default) => Timers.StartSingleTimer(number, new Due(number, late), time);

    private sealed record Due(int Event, TimeSpan Late);
}
