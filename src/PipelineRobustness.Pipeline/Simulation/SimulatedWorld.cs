using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// An actor system on one thread: which mailbox runs next is drawn from a seed, and time is virtual. The same seed
/// gives the same interleaving; another seed gives another.
/// </summary>
public sealed class SimulatedWorld : IDisposable
{
    [ThreadStatic]
    private static SimulatedWorld? _current;

    private readonly ulong _seed;
    private readonly List<IRunnable> _ready = [];
    private readonly PriorityQueue<Action, (TimeSpan At, long Sequence)> _events = new();
    private long _sequence;
    private bool _abandoned;

    /// <summary>Creates the world and its actor system on the calling thread, which must also pump it.</summary>
    public SimulatedWorld(ulong seed)
    {
        _seed = seed;
        Clock = new VirtualClock(this);
        _current = this;
        System = ActorSystem.Create("simulation", Settings);
    }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The virtual clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Virtual time since the beginning.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Messages and other pieces of work run so far.</summary>
    public long Turns { get; private set; }

    internal static SimulatedWorld Current =>
        _current ?? throw new InvalidOperationException("no simulated world is being made on this thread");

    private static Config Settings { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor.default-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        akka.actor.internal-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        pipeline.stage-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.scheduler.implementation = "{{Name<VirtualScheduler>()}}"
        """).WithFallback(RunSystem.Settings);

    /// <summary>Runs until <paramref name="done"/> holds, nothing is left, or virtual time has passed <paramref name="limit"/>.</summary>
    /// <returns>Whether <paramref name="done"/> holds.</returns>
    public bool Pump(Func<bool> done, TimeSpan limit)
    {
        while (!done())
        {
            if (_abandoned || (!RunOne() && !NextEvent(limit))) return false;
        }

        return true;
    }

    /// <summary>Nothing more happens, as if the process had been killed.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Ends the actor system.</summary>
    public void Dispose()
    {
        // The world is over: what is left runs in any order, and Akka completes its last task on a thread of the pool.
        var ended = System.Terminate();
        while (!ended.Wait(TimeSpan.Zero))
        {
            if (!RunOne()) ended.Wait(TimeSpan.FromMilliseconds(1));
        }

        if (_current == this) _current = null;
    }

    internal void Enqueue(IRunnable run)
    {
        lock (_ready) _ready.Add(run);
    }

    internal void At(TimeSpan delay, Action action) =>
        _events.Enqueue(action, (Elapsed + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay), _sequence++));

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";

    private bool RunOne()
    {
        IRunnable run;
        lock (_ready)
        {
            if (_ready.Count == 0) return false;
            var next = SeededRandom.Below(SeededRandom.Key(_seed, "interleaving", Turns++), _ready.Count);
            run = _ready[next];
            _ready[next] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }

        run.Run();
        return true;
    }

    private bool NextEvent(TimeSpan limit)
    {
        if (!_events.TryPeek(out _, out var when) || when.At > limit) return false;
        Elapsed = when.At;
        _events.Dequeue()();
        return true;
    }

    private sealed class VirtualClock(SimulatedWorld world) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + world.Elapsed;

        public override long GetTimestamp() => world.Elapsed.Ticks;
    }
}
