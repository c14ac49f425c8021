using System.Collections.Concurrent;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// This process's share in a scenario that several real processes inject. All of them read the same file and share a journal: an
/// event is injected where a stage reaches its instant, or any point after its time, in the first process to do so.
/// </summary>
public sealed class ProcessScenario
{
    // How often a process checks whether an event is due that needs no stage at work.
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    // With fewer other nodes than this an event at a rate is skipped: it would leave nothing to recover on.
    private const int OtherNodesMinimum = 2;

    private readonly Scenario _scenario;
    private readonly string _node;
    private readonly InjectionJournal _journal;
    private readonly TimeProvider _clock;
    private readonly Action<string> _report;
    private readonly PoissonArrivals _arrivals;
    private readonly Lazy<DateTimeOffset> _begun;

    // Events that happen once and are in the journal.
    private readonly ConcurrentDictionary<int, bool> _over = [];

    private ITimer? _polling;

    // Each draw has a key of its own.
    private long _drawn;

    /// <summary>For one process.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="node">The name of this process as a node.</param>
    /// <param name="seed">The seed of the events at a rate; the same in all processes.</param>
    /// <param name="journal">What has been injected.</param>
    /// <param name="control">How processes are controlled.</param>
    /// <param name="clock">The time.</param>
    /// <param name="report">Receives a line for people for each event that is injected here. On any thread.</param>
    /// <exception cref="BadInputException">One of its events cannot be injected into real processes.</exception>
    public ProcessScenario(
        Scenario scenario, string node, ulong seed, InjectionJournal journal, IProcessControl control, TimeProvider clock, Action<string> report)
    {
        ProcessRules.ThrowIfImpossible(scenario);
        (_scenario, _node, _journal, _clock, _report) = (scenario, node, journal, clock, report);
        Faults = new ProcessFaults(control, clock);
        _begun = new Lazy<DateTimeOffset>(journal.Begun);
        _arrivals = new PoissonArrivals(scenario, seed, () => Now - _begun.Value);
    }

    /// <summary>What is done to processes.</summary>
    internal ProcessFaults Faults { get; }

    private DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>A run's ports, with the failures of the scenario.</summary>
    public RunPorts Over(RunPorts ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        return ports with
        {
            Behaviour = new ProcessInjector(this, ports.Behaviour),
            Store = ports.Store is { } disk ? new FailingDisk(disk, IsDiskFull) : null,
        };
    }

    /// <summary>This node has joined.</summary>
    public void Joined()
    {
        _journal.EnterNode(_node, ProcessMark.Own);
        _polling ??= _clock.CreateTimer(_ => Poll(), null, PollEvery, PollEvery);
    }

    /// <summary>This node holds the central server from now on.</summary>
    public void BecameServer() => _journal.EnterServer(_node, ProcessMark.Own);

    /// <summary>The events that are due where a stage is, by their place in the scenario.</summary>
    internal IReadOnlyList<(int Index, Failure Failure)> Due(WorkPoint point)
    {
        // The first work of any stage starts the scenario's clock.
        _ = _begun.Value;
        return
        [
            .. _scenario.Failures.Index().Where(e => !_over.ContainsKey(e.Index) && e.Item.Concerns(point.Stage, _node)
                && (e.Item.IsAt(point) || IsTime(e.Index, e.Item))),
        ];
    }

    /// <summary>Notes an event that happens to this process; false where it has been injected before.</summary>
    internal bool TryTake(int index) => TryTake(index, _scenario.Failures[index], _node);

    /// <summary>Injects an event, unless it has been injected before.</summary>
    internal void Inject(int index, Failure failure, int stage)
    {
        var target = failure.Target.IsServer ? _journal.Server : (_node, ProcessMark.Own);
        if (target is not var (node, process) || (failure.Every is not null && LeavesTooFew(failure, node))) return;
        if (TryTake(index, failure, node)) ((IProcessFailure)failure).Inject(Faults, new ProcessSite(process, stage));
    }

    /// <summary>A key to draw from, for a purpose.</summary>
    internal ulong Key(string purpose) => SeededRandom.Key((ulong)ProcessMark.Own.Id, purpose, Interlocked.Increment(ref _drawn));

    // A node without stages reaches no instant, but suffers events at a time or at a rate as well.
    private void Poll()
    {
        if (!_journal.HasBegun) return;
        foreach (var (index, failure) in _scenario.Failures.Index())
        {
            if (_over.ContainsKey(index) || !HitsIdleNodes(failure) || !failure.Concerns(stage: -1, _node) || !IsTime(index, failure)) continue;
            try
            {
                Inject(index, failure, stage: -1);
            }
            catch (IOException)
            {
                // The next poll comes soon, and the disk may accept the note then.
            }
        }
    }

    private static bool HitsIdleNodes(Failure failure) =>
        failure.Target.Kind is TargetKind.Node or TargetKind.AnyNode && failure is IProcessFailure { HitsWholeProcess: true };

    private bool IsTime(int index, Failure failure) =>
        (failure.After is { } after && Now - _begun.Value >= after)
        || (failure.Every is not null && _arrivals.IsDue(index));

    private bool TryTake(int index, Failure failure, string node)
    {
        if ((failure.Every is null ? 0 : _arrivals.Take(index)) is not { } number) return false;
        var isFirst = _journal.TryNote(index, number, failure, node);
        if (failure.Every is null) _over[index] = true;
        if (!isFirst) return false;
        _report($"scenario: {failure}{(failure.Target.IsServer ? $" ({node})" : "")}");
        return true;
    }

    // As with kills at a rate from outside: a node may take longer to join than the next death to come.
    private bool LeavesTooFew(Failure failure, string node) =>
        failure is IProcessFailure { HitsWholeProcess: true } && _journal.Nodes.Count(other => other != node) < OtherNodesMinimum;

    private bool IsDiskFull() => _scenario.Failures.Index().Any(e =>
        e.Item is IProcessFailure { FillsDisksFor: var lasts } && lasts > TimeSpan.Zero && _journal.Last(e.Index, e.Item) + lasts > Now);
}
