using System.Collections.Concurrent;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// This process's share in a scenario that several real processes play. All of them read the same file and share the notes: an
/// event strikes where a stage comes to its instant, or comes anywhere after its time, in whichever process that is first.
/// </summary>
public sealed class ProcessScenario
{
    // Longer than any successor of a silent server was seen to take (docs/recovery.md).
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    // How often a process looks whether something is to befall it that it need not be at work for.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    // Where fewer others are left there is nothing to come through.
    private const int OthersLeast = 2;

    private readonly Scenario _scenario;
    private readonly string _node;
    private readonly InjectionJournal _notes;
    private readonly IProcessControl _hands;
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly ConcurrentDictionary<int, bool> _known = [];
    private readonly ConcurrentDictionary<int, (double Factor, DateTimeOffset Until)> _slow = [];
    private readonly Arrivals _arrivals;
    private readonly Lazy<DateTimeOffset> _begun;
    private ITimer? _leaving;
    private ITimer? _looking;
    private long _drawn;

    /// <summary>For one process.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="node">What this process is called as a node.</param>
    /// <param name="seed">Of the events that come by a rate; the same in all processes.</param>
    /// <param name="notes">What has struck.</param>
    /// <param name="hands">How it strikes.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="say">Hears, in lines for people, what strikes here. On any thread.</param>
    /// <exception cref="BadInputException">Something in it no real process can suffer.</exception>
    public ProcessScenario(Scenario scenario, string node, ulong seed, InjectionJournal notes, IProcessControl hands, TimeProvider clock, Action<string> say)
    {
        ProcessRules.ThrowIfImpossible(scenario);
        (_scenario, _node, _notes, _hands, _clock, _say) = (scenario, node, notes, hands, clock, say);
        _begun = new Lazy<DateTimeOffset>(notes.Begun);
        _arrivals = new Arrivals(scenario, seed, () => Now - _begun.Value);
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>The ports of a run, with what befalls it.</summary>
    public RunPorts Over(RunPorts ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        return ports with
        {
            Behaviour = new ProcessInjector(this, ports.Behaviour),
            Store = ports.Store is { } disk ? new FailingDisk(disk, DiskIsFull) : null,
        };
    }

    /// <summary>This node has joined.</summary>
    public void Joined()
    {
        _notes.Enter(_node, ProcessMark.Own);
        _looking ??= _clock.CreateTimer(_ => ClockTick(), null, Look, Look);
    }

    /// <summary>The central server is here from now on.</summary>
    public void Seated() => _notes.Sit(_node, ProcessMark.Own);

    /// <summary>The events that are to strike now, where a stage has come; by their place in the scenario.</summary>
    internal IEnumerable<(int Index, Failure Failure)> Due(long iteration, Phase phase, int? microBatch, int stage)
    {
        // Whoever works first begins the clock, whomever its events befall.
        _ = _begun.Value;
        return _scenario.Failures.Select((failure, index) => (Index: index, Failure: failure))
            .Where(e => !_known.ContainsKey(e.Index) && e.Failure.Befalls(stage, _node) && IsTime(e.Index, e.Failure, iteration, phase, microBatch))
            .ToArray();
    }

    /// <summary>Notes an event that strikes this process; false where another was first, and it must not.</summary>
    internal bool Takes(int index, Failure failure) => Takes(index, failure, _node);

    /// <summary>An event strikes, unless it has struck before.</summary>
    internal void Strike(int index, Failure failure, int stage)
    {
        var ofServer = failure.Target.Kind == TargetKind.Server;
        var victim = ofServer ? _notes.Server : (_node, ProcessMark.Own);
        if (victim is not var (node, process) || (failure.Every is not null && IsTooMuch(failure, node))) return;
        if (!Takes(index, failure, node)) return;
        switch (failure.Kind)
        {
            case FailureKind.Crash when failure is { WakesUp: true, Target.Kind: TargetKind.Server }: Pause(process, failure.Lasts); break;
            case FailureKind.Crash: _hands.Signal(process, ProcessSignal.Kill); break;
            case FailureKind.Pause: Pause(process, failure.Lasts); break;
            case FailureKind.Leave: Leave(process, failure.Lasts); break;
            case FailureKind.Hang: _hands.Idle(failure.Lasts); break;
            case FailureKind.Slow: _slow[stage] = (failure.Factor, Now + failure.Lasts); break;
            case FailureKind.Partition: _hands.DropConnections(failure.Lasts); break;
            case FailureKind.OutOfMemory: throw new InsufficientMemoryException("out of memory, by the scenario");
            // The disk is full by its note; who starts a node that is to join reads that.
            default: break;
        }
    }

    /// <summary>By what a stage's time is to be multiplied now.</summary>
    internal double SlowFactor(int stage) => _slow.TryGetValue(stage, out var slow) && Now < slow.Until ? slow.Factor : 1;

    /// <summary>The processor time of the calling thread.</summary>
    internal TimeSpan Worked => _hands.Worked;

    /// <summary>The calling thread does nothing for a time.</summary>
    internal void Idle(TimeSpan time) => _hands.Idle(time);

    /// <summary>A key to draw from.</summary>
    internal ulong Key(string purpose) => SeededRandom.Key((ulong)ProcessMark.Own.Id, purpose, Interlocked.Increment(ref _drawn));

    // A node that works no stage comes to no instant, but times and rates befall it as well.
    private void ClockTick()
    {
        if (!_notes.HasBegun) return;
        foreach (var (failure, index) in _scenario.Failures.Select((failure, index) => (failure, index)))
        {
            if (_known.ContainsKey(index) || !IsOfNode(failure) || !failure.Befalls(stage: -1, _node) || !IsTime(index, failure)) continue;
            try
            {
                Strike(index, failure, stage: -1);
            }
            catch (IOException)
            {
                // The next look comes soon, and perhaps the note can be written then.
            }
        }
    }

    private static bool IsOfNode(Failure failure) => failure.Target.Kind is TargetKind.Node or TargetKind.AnyNode && IsOfProcess(failure.Kind);

    private static bool IsOfProcess(FailureKind kind) => kind is FailureKind.Crash or FailureKind.Leave or FailureKind.Pause or FailureKind.Partition;

    private bool IsTime(int index, Failure failure, long iteration, Phase phase, int? microBatch) =>
        failure.IsAt(iteration, phase, microBatch) || IsTime(index, failure);

    private bool IsTime(int index, Failure failure) =>
        (failure.After is { } after && Now - _begun.Value >= after)
        || (failure.Every is not null && _arrivals.IsDue(index));

    private bool Takes(int index, Failure failure, string node)
    {
        if ((failure.Every is null ? 0 : _arrivals.Take(index)) is not { } number) return false;
        var isFirst = _notes.TryNote(index, number, failure, node);
        if (failure.Every is null) _known[index] = true;
        if (!isFirst) return false;
        _say($"scenario: {failure}{(failure.Target.Kind is TargetKind.Server ? $" ({node})" : "")}");
        return true;
    }

    // As with kills by a rate from outside: who joins may take longer than the next death.
    private bool IsTooMuch(Failure failure, string node) =>
        IsOfProcess(failure.Kind) && _notes.Nodes.Count(other => other != node) < OthersLeast;

    private void Pause(ProcessMark process, TimeSpan lasts)
    {
        _hands.WakeAfter(process, lasts > TimeSpan.Zero ? lasts : Silence);
        _hands.Signal(process, ProcessSignal.Stop);
    }

    // With notice, as clouds give it: who is still there then is no more.
    private void Leave(ProcessMark process, TimeSpan notice)
    {
        if (notice > TimeSpan.Zero)
            _leaving ??= _clock.CreateTimer(_ => _hands.Signal(process, ProcessSignal.Kill), null, notice, Timeout.InfiniteTimeSpan);
        _hands.Signal(process, ProcessSignal.Terminate);
    }

    private bool DiskIsFull() => _scenario.Failures.Select((failure, index) => (failure, index))
        .Any(e => e.failure.Kind == FailureKind.FullDisk && _notes.Last(e.index, e.failure) + e.failure.Lasts > Now);
}
