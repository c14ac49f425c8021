using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// An actor system on one thread: which mailbox runs next is drawn from a seed, and time is virtual. The same seed
/// gives the same interleaving; another seed gives another.
/// </summary>
public sealed class SimulatedWorld : IDisposable
{
    private const int LastTurnsMost = 1_000_000;

    private static readonly string[] MachineNames = ["node-", "server-"];

    [ThreadStatic]
    private static SimulatedWorld? _current;

    private readonly Order _order;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<IRunnable> _ready = [];
    private readonly Dictionary<IRunnable, TimeSpan> _busyUntil = [];
    private readonly ConcurrentQueue<IRunnable> _foreign = new();
    private readonly PriorityQueue<Occurrence, Instant> _events = new();
    private readonly Dictionary<IActorRef, string?> _machines = new(ReferenceEqualityComparer.Instance);
    private long _sequence;
    private bool _abandoned;
    private bool _over;
    private IRunnable? _running;
    private TimeSpan _spent;

    /// <summary>Creates the world and its actor system on the calling thread, which must also pump it.</summary>
    /// <param name="seed">Of the order in which mailboxes run.</param>
    /// <param name="interleaving">How that is drawn.</param>
    public SimulatedWorld(ulong seed, Interleaving interleaving = Interleaving.AnyOrder)
    {
        _order = new Order(seed, interleaving);
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

    /// <summary>What lies between machines; null where nothing does.</summary>
    internal INetwork? Network { get; set; }

    internal static SimulatedWorld Current =>
        _current ?? throw new InvalidOperationException("no simulated world is being made on this thread");

    private static Config Settings { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor.default-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        akka.actor.internal-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        pipeline.stage-dispatcher.type = "{{Name<SeededDispatcher>()}}"
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.scheduler.implementation = "{{Name<VirtualScheduler>()}}"
        """).WithFallback(RunSystem.Settings);

    /// <summary>
    /// Runs until <paramref name="done"/> holds, nothing is left, virtual time has passed <paramref name="limit"/>, or so many
    /// turns were taken.
    /// </summary>
    /// <returns>Whether <paramref name="done"/> holds.</returns>
    public bool Pump(Func<bool> done, TimeSpan limit, long turnsMost = long.MaxValue)
    {
        while (!done())
        {
            if (Turns >= turnsMost || _abandoned || (!RunOne() && !NextEvent(limit))) return false;
        }

        return true;
    }

    /// <summary>Nothing more happens, as if the process had been killed.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Ends the actor system.</summary>
    public void Dispose()
    {
        // The world is over: what is left runs in any order, nobody is busy any more, and Akka completes its last task on a
        // thread of the pool.
        _over = true;
        foreach (var (occurrence, _) in _events.UnorderedItems)
            if (occurrence.Wakes is { } run) Ready(run);
        // First what was asked for before, so that whoever looks after undelivered messages is there until the last.
        for (var turn = 0; turn < LastTurnsMost && RunOne(); turn++)
        {
        }

        var ended = System.Terminate();
        while (!ended.Wait(TimeSpan.Zero))
        {
            if (!RunOne()) ended.Wait(TimeSpan.FromMilliseconds(1));
        }

        foreach (var (occurrence, _) in _events.UnorderedItems) occurrence.Carries?.Dispose();
        if (_current == this) _current = null;
    }

    /// <summary>Whoever runs now is busy for a time: its next message waits for so long, and so does what it says from here on.</summary>
    internal void Spend(TimeSpan time) => _spent += time;

    internal void Enqueue(IRunnable run)
    {
        var busy = ReferenceEquals(run, _running) ? _spent
            : _busyUntil.Remove(run, out var until) && until > Elapsed ? until - Elapsed
            : TimeSpan.Zero;
        if (busy == TimeSpan.Zero || _over)
        {
            Ready(run);
            return;
        }

        Enqueue(busy, new Occurrence(() => Ready(run), null, run));
    }

    /// <summary>Whether a message that is sent now has neither to wait nor to travel.</summary>
    internal bool IsThereAtOnce(IActorRef sender, IActorRef receiver, out (string From, string To)? way)
    {
        way = Network is not null && Machine(sender) is { } from && Machine(receiver) is { } to && !ReferenceEquals(from, to) ? (from, to) : null;
        return way is null && _spent == TimeSpan.Zero;
    }

    /// <summary>Sends one that has: when its sender is done, and over the way between two machines where there is one.</summary>
    internal void Send((string From, string To)? way, object message, Action deliver)
    {
        var tensors = message as ITensorMessage;
        Action leave = way is { } between ? () => Travel(between.From, between.To, tensors, deliver) : deliver;
        if (_spent > TimeSpan.Zero) At(_spent, leave, tensors);
        else leave();
    }

    internal void At(TimeSpan delay, Action action, IDisposable? carries = null) => Enqueue(delay, new Occurrence(action, carries, null));

    private void Enqueue(TimeSpan delay, Occurrence occurrence) =>
        _events.Enqueue(occurrence, new Instant(Elapsed + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay), _sequence++));

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";

    private bool RunOne()
    {
        while (_foreign.TryDequeue(out var foreign)) _ready.Add(foreign);
        if (_ready.Count == 0) return false;
        var next = _order.Next(_ready, Turns++);
        var run = _ready[next];
        _ready[next] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        (_running, _spent) = (run, TimeSpan.Zero);
        run.Run();
        if (_spent > TimeSpan.Zero) _busyUntil[run] = Elapsed + _spent;
        (_running, _spent) = (null, TimeSpan.Zero);
        return true;
    }

    private void Ready(IRunnable run)
    {
        if (Environment.CurrentManagedThreadId == _thread) _ready.Add(run);
        else _foreign.Enqueue(run);
    }

    private void Travel(string from, string to, ITensorMessage? tensors, Action deliver)
    {
        var arrivals = Network!.Arrivals(from, to, tensors is null ? 0 : FrameWriter.Bytes(tensors));
        if (arrivals.Count == 0) tensors?.Dispose();
        var times = tensors is null ? arrivals.Count : Math.Min(1, arrivals.Count);
        for (var time = 0; time < times; time++)
        {
            if (arrivals[time] > TimeSpan.Zero) At(arrivals[time], deliver, tensors);
            else deliver();
        }
    }

    // The actors of a machine stand below one that is called like it.
    private string? Machine(IActorRef actor)
    {
        if (!_machines.TryGetValue(actor, out var machine)) _machines[actor] = machine = Named(actor);
        return machine;
    }

    private static string? Named(IActorRef actor) =>
        !actor.IsNobody() && actor.Path.Elements is ["user", { } top, ..] && MachineNames.Any(name => top.StartsWith(name, StringComparison.Ordinal))
            ? string.Intern(top) : null;

    private bool NextEvent(TimeSpan limit)
    {
        if (!_events.TryPeek(out _, out var when) || when.At > limit) return false;
        Elapsed = when.At;
        _events.Dequeue().Happen();
        return true;
    }

    // What happens, the tensors that are on their way until then, and who is busy until then.
    private readonly record struct Occurrence(Action Happen, IDisposable? Carries, IRunnable? Wakes);

    // When, and of what happens then what was asked for first.
    private readonly record struct Instant(TimeSpan At, long Sequence) : IComparable<Instant>
    {
        public int CompareTo(Instant other) => At != other.At ? (At < other.At ? -1 : 1) : Sequence.CompareTo(other.Sequence);
    }

    private sealed class VirtualClock(SimulatedWorld world) : TimeProvider, IVirtualTime
    {
        public TimeSpan Since(DateTimeOffset at) => at - DateTimeOffset.UnixEpoch;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        // Who was busy looks at it when it is done.
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + world.Elapsed + world._spent;

        public override long GetTimestamp() => (world.Elapsed + world._spent).Ticks;
    }
}
