using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// Drives the iterations, judges verdicts, commits. Its phases:
/// <code>
///   Placing ──► Training ──► Committing ──► Repairing ──► Training ...
///                  │  ^                                └──► Evaluating ──► Training ... or Collecting ──► the end
///                  └──┴── Auditing, Repairing (original and copy of a block disagree)
/// </code>
/// This file holds how a run begins and ends; the other parts of the class hold a phase or two each.
/// </summary>
internal sealed partial class CentralServer : ReceiveActor, IWithTimers
{
    private static readonly NodeId Here = new("node-1");

    private readonly StageSetup _setup;
    private readonly IActorRef _membership;
    private readonly IRunObserver _observer;
    private readonly Action<RunOutcome> _end;
    private readonly Ballot _ballot = new(1, Here);
    private readonly SortedDictionary<string, NodeUp> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, StageReady> _ready = [];
    private readonly SortedDictionary<int, BlockState> _collected = [];
    private ImmutableArray<NodeId> _placement = [];
    private ImmutableArray<IActorRef> _stages = [];
    private ImmutableArray<UInt128> _digests = [];
    private RunStatus _status = RunStatus.Done;
    private string? _reason;
    private bool _interrupted;
    private bool _over;
    private long _version;
    private double? _evaluationLoss;
    private Func<string> _waitingFor = () => "nodes";
    private DateTimeOffset _waitingSince;
    private DateTimeOffset _reportedAt;

    public CentralServer(StageSetup setup, IActorRef membership, IRunObserver observer, Action<RunOutcome> end)
    {
        _setup = setup;
        _membership = membership;
        _observer = observer;
        _end = end;
        Become(Placing);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private RunPlan Plan => _setup.Plan;

    private DateTimeOffset Now => _setup.Ports.Clock.GetUtcNow();

    protected override void PreStart()
    {
        Heard();
        var look = Plan.WaitReport / 2;
        Timers.StartPeriodicTimer(nameof(LookAtTheClock), LookAtTheClock.Instance, look, look);
        _membership.Tell(new SubscribeToMembership(Self));
    }

    protected override void PostStop()
    {
        DropRelayed();
        if (_over) return;
        foreach (var block in _collected.Values) block.Dispose();
        _end(new RunOutcome(RunStatus.Failed, "the central server stopped before the run was over", _version, null, []));
    }

    // Whatever a handler throws ends the run with one line that says so; nobody is left waiting.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            Fail($"the central server could not handle {message.GetType().Name}: {Lines.First(e)}");
            return true;
        }
    }

    private void Always()
    {
        Receive<NodeLost>(Lose);
        Receive<NodeSuspected>(_ => { });
        Receive<NodeLeaving>(_ => { });
        Receive<StageFailed>(m => Fail($"stage {m.Stage} on {m.Node}: {m.Reason}"));
        Receive<StageWaits>(m => _observer.Observe(new WaitReported($"stage {m.Stage}", m.What, m.Since)));
        Receive<Interrupt>(_ => _interrupted = true);
        Receive<LookAtTheClock>(_ => ReportWait());
        ReceiveAny(m => (m as IDisposable)?.Dispose());
    }

    private void Placing()
    {
        Receive<NodeUp>(m =>
        {
            Heard();
            _nodes[m.Node.Name] = m;
            if (_placement.IsEmpty) Place();
        });
        Receive<StageReady>(m =>
        {
            Heard();
            _ready[m.Stage] = m;
            if (_ready.Count == Plan.Stages) Start();
        });
        Always();
    }

    private void Place()
    {
        if (Placement.Deal(Plan.Stages, _nodes.Values) is not { } placement) return;
        _placement = placement;
        Await(() => PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_ready.ContainsKey(s))]) + " to be built");
        for (var stage = 0; stage < Plan.Stages; stage++)
            _nodes[placement[stage].Name].Actor.Tell(new PlaceStage(_ballot, new RunKey(Plan.Name, 0), stage, BlockOrigin.Initial, 0, null, Self));
    }

    private void Start()
    {
        _stages = [.. _ready.Values.Select(r => r.Actor)];
        _digests = [.. _ready.Values.Select(r => r.Own)];
        foreach (var ready in _ready.Values)
        {
            if (_setup.CopyHeldBy(ready.Stage) is { } block && ready.Copy != _digests[block])
                throw new InvalidOperationException($"stage {ready.Stage} built another copy of block {block} than stage {block}");
        }

        Broadcast(new Wiring(_ballot, _stages, _placement));
        Tell(new RunStarted(_placement));
        NextIteration();
    }

    // Until lost blocks are rebuilt elsewhere, a lost node that held stages ends the run.
    private void Lose(NodeLost lost)
    {
        _nodes.Remove(lost.Node.Name);
        var held = Enumerable.Range(0, _placement.Length).Where(s => _placement[s] == lost.Node).ToArray();
        if (held.Length > 0) Fail($"{lost.Node} was lost with {PassLedger.Stages(held)}: {lost.Reason}");
    }

    private void Collect()
    {
        Become(Collecting);
        Await(() => "the final state of " + PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_collected.ContainsKey(s))]));
        Broadcast(new CollectBlock(CurrentWork));
    }

    private void Collecting()
    {
        Receive<BlockCollected>(m =>
        {
            Heard();
            _collected[m.Stage] = m.State;
            if (_collected.Count == Plan.Stages) End();
        });
        Always();
    }

    // Marks the run failed where its stages are sound: their weights are still collected.
    private void GiveUp(string reason)
    {
        _status = RunStatus.Failed;
        _reason = reason;
        Collect();
    }

    // Marks the run failed where they may not be.
    private void Fail(string reason)
    {
        if (_over) return;
        _status = RunStatus.Failed;
        _reason = reason;
        foreach (var block in _collected.Values) block.Dispose();
        _collected.Clear();
        End();
    }

    private void End()
    {
        if (_over) return;
        if (_iteration is { Committed: false } left)
            Tell(new IterationAbandoned(left.Iteration, left.Try, left.Repeats, left.Disagreements, [.. left.Verdicts], []));
        _over = true;
        _end(new RunOutcome(_status, _reason, _version, _evaluationLoss, [.. _collected.Values]));
        Context.Stop(Self);
    }

    private void Broadcast(object message)
    {
        foreach (var stage in _stages) stage.Tell(message);
    }

    private void Tell(RunEvent occurrence) => _observer.Observe(occurrence);

    private void Await(Func<string> what)
    {
        _waitingFor = what;
        Heard();
    }

    private void Heard()
    {
        _waitingSince = Now;
        _reportedAt = _waitingSince;
    }

    private void ReportWait()
    {
        if (Now - _waitingSince >= Plan.GiveUpAfter)
        {
            Fail($"gave up after {Plan.GiveUpAfter.TotalSeconds:0} s (pipeline.give-up-after): waited for {_waitingFor()} since {_waitingSince:u}");
        }
        else if (Now - _reportedAt >= Plan.WaitReport)
        {
            _reportedAt = Now;
            Tell(new WaitReported("the central server", _waitingFor(), _waitingSince));
        }
    }

    /// <summary>Host to server: end after the current iteration.</summary>
    internal sealed record Interrupt;

    private sealed class LookAtTheClock
    {
        public static LookAtTheClock Instance { get; } = new();
    }
}
