using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>Akka's scheduler over the world's virtual clock: an event fires when nothing else is left to run.</summary>
public sealed class VirtualScheduler : SchedulerBase
{
    private readonly SimulatedWorld _world = SimulatedWorld.Current;

    /// <summary>Called by Akka, by the name in the settings.</summary>
    public VirtualScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => _world.Elapsed;

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => _world.Elapsed;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _world.Clock.GetUtcNow();

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        At(delay, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender,
        ICancelable cancelable) =>
        Every(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        At(delay, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        At(delay, action.Run, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Every(initialDelay, interval, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Every(initialDelay, interval, action.Run, cancelable);

    private void At(TimeSpan delay, Action action, ICancelable? cancelable) => _world.At(delay, () =>
    {
        if (cancelable is not { IsCancellationRequested: true }) action();
    });

    private void Every(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable) => At(
        delay,
        () =>
        {
            action();
            Every(interval, interval, action, cancelable);
        },
        cancelable);
}
