using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>
/// An actor system on one thread: which mailbox runs next is drawn from a seed, and time is virtual. The same seed
/// gives the same interleaving; another seed gives another.
/// </summary>
public sealed class SimulatedWorld : IDisposable
{
    private const int LastTurnsMost = 1_000_000;

    // Of /user/node-1.
    private const int MachineDepth = 2;

    [ThreadStatic]
    private static SimulatedWorld? _current;

    private readonly Interleaver _interleaver;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<IRunnable> _ready = [];
    private readonly Dictionary<IRunnable, (TimeSpan Until, IActorRef? Who)> _busy = [];
    private readonly ConcurrentQueue<IRunnable> _foreign = new();
    private readonly EventQueue _events = new();
    private bool _abandoned;
    private bool _over;
    private IRunnable? _running;
    private TimeSpan _spent;
    private IActorRef? _spender;

    /// <summary>Creates the world and its actor system on the calling thread, which must also pump it.</summary>
    /// <param name="seed">The seed of the order in which mailboxes run.</param>
    /// <param name="interleaving">How that order is drawn.</param>
    public SimulatedWorld(ulong seed, Interleaving interleaving = Interleaving.AnyOrder)
    {
        _interleaver = new Interleaver(seed, interleaving);
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

    /// <summary>The network between machines; null for none.</summary>
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
    /// Runs until <paramref name="done"/> holds, no event is left, virtual time has passed <paramref name="limit"/>, or so many
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

    /// <summary>Stops everything, as if the process had been killed.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Ends the actor system.</summary>
    public void Dispose()
    {
        // From here on the rest runs in any order, no actor is busy, and Akka completes its last task on a thread of the pool.
        _over = true;
        foreach (var occurrence in _events.Left)
            if (occurrence.Wakes is { } run) Ready(run);
        // First what was queued before, so that the actor that disposes of undelivered messages lives to the last.
        for (var turn = 0; turn < LastTurnsMost && RunOne(); turn++)
        {
        }

        var ended = System.Terminate();
        while (!ended.Wait(TimeSpan.Zero))
        {
            if (!RunOne()) ended.Wait(TimeSpan.FromMilliseconds(1));
        }

        foreach (var occurrence in _events.Left) occurrence.Carries?.Dispose();
        if (_current == this) _current = null;
    }

    /// <summary>Marks the current actor busy for a time: its next message and what it sends from here on are delayed.</summary>
    internal void Spend(TimeSpan time)
    {
        _spent += time;
        _spender = ActorCell.GetCurrentSelfOrNoSender();
    }

    /// <summary>The machine whose actor runs now; null where none does.</summary>
    internal static string? Here => Machine(ActorCell.GetCurrentSelfOrNoSender());

    /// <summary>A machine's busy actors are busy for longer, and what they send at the end is sent later.</summary>
    internal void Delay(string machine, TimeSpan time)
    {
        if (time <= TimeSpan.Zero) return;
        foreach (var (run, (until, who)) in _busy.ToArray())
            if (until > Elapsed && Machine(who) == machine) _busy[run] = (until + time, who);

        _events.Delay(next => (next is ResumeEvent resume ? Machine(resume.Actor) : next is InFlightMessage parcel ? Leaves(parcel) : null) == machine, time);
    }

    internal void Enqueue(IRunnable run)
    {
        var (until, who) = ReferenceEquals(run, _running) ? (Elapsed + _spent, _spender) : _busy.Remove(run, out var busy) ? busy : default;
        if (until <= Elapsed || _over) Ready(run);
        else _events.Add(until, new ResumeEvent(this, run, who));
    }

    /// <summary>Whether a message that is sent now neither waits nor travels.</summary>
    internal bool IsThereAtOnce(IActorRef sender, IActorRef receiver, out (string From, string To)? way)
    {
        way = Network is not null && Machine(sender) is { } from && Machine(receiver) is { } to && from != to ? (from, to) : null;
        return way is null && _spent == TimeSpan.Zero;
    }

    /// <summary>Sends a message that waits for its sender to be done, or travels between two machines.</summary>
    internal void Send(InFlightMessage parcel)
    {
        if (_spent > TimeSpan.Zero) _events.Add(Elapsed + _spent, parcel);
        else parcel.Happen();
    }

    /// <summary>A message has left: the network decides when it arrives, and how often.</summary>
    internal void Travel(InFlightMessage parcel)
    {
        var (tensors, (from, to)) = (parcel.Tensors, parcel.Way);
        var (times, after) = Network!.Carry(from, to, tensors is null ? 0 : FrameWriter.Bytes(tensors));
        if (times == 0) tensors?.Dispose();
        if (tensors is not null) times = Math.Min(1, times);
        for (var time = 0; time < times; time++)
        {
            if (after > TimeSpan.Zero) _events.Add(Elapsed + after, parcel);
            else parcel.Happen();
        }
    }

    internal void At(TimeSpan delay, Action action) =>
        _events.AddTimer(Elapsed + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay), new Call(action));

    internal void Ready(IRunnable run)
    {
        if (Environment.CurrentManagedThreadId == _thread) _ready.Add(run);
        else _foreign.Enqueue(run);
    }

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";

    private bool RunOne()
    {
        while (_foreign.TryDequeue(out var foreign)) _ready.Add(foreign);
        if (_ready.Count == 0) return false;
        var next = _interleaver.Next(_ready, Turns++);
        var run = _ready[next];
        _ready[next] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        (_running, _spent) = (run, TimeSpan.Zero);
        run.Run();
        if (_spent > TimeSpan.Zero) _busy[run] = (Elapsed + _spent, _spender);
        (_running, _spent) = (null, TimeSpan.Zero);
        return true;
    }

    // The machine that a message has not left yet; within a machine no message is under way.
    private static string? Leaves(InFlightMessage parcel) => parcel.IsWithin ? Machine(parcel.To) : parcel.HasLeft ? null : parcel.Way.From;

    // The actors of a machine are below the one with its name.
    private static string? Machine(IActorRef? actor)
    {
        if (actor is null || actor.IsNobody()) return null;
        var top = actor.Path;
        while (top.Depth > MachineDepth) top = top.Parent;
        return top.Depth == MachineDepth && IsMachine(top.Name) ? top.Name : null;
    }

    private static bool IsMachine(string name) =>
        name.StartsWith("node-", StringComparison.Ordinal) || name.StartsWith("server-", StringComparison.Ordinal);

    private bool NextEvent(TimeSpan limit)
    {
        if (_events.Next(limit, out var at) is not { } next) return false;
        Elapsed = at;
        next.Happen();
        return true;
    }

    private sealed class VirtualClock(SimulatedWorld world) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        // A busy actor reads the clock when it is done.
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + world.Elapsed + world._spent;

        public override long GetTimestamp() => (world.Elapsed + world._spent).Ticks;
    }
}
