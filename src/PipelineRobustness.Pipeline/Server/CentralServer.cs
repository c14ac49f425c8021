using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Drives the iterations, judges verdicts, commits, and puts together again what breaks. Its phases:
/// <code>
///   Rolling ──► Forwarding ──► Placing ──► Rebuilding ──► Training ──► Committing ──► Repairing ──► Training ...
///      ^  └────────────────────────^                         │  ^                        └──► Evaluating ──► Training ...
///      │                                                     └──┴── Auditing, Repairing           or Collecting ──► the end
///      └── whatever breaks, in any phase
/// </code>
/// A run begins as it is recovered: by a roll call, which nobody answers who has anything of it. This file holds how a run
/// begins and ends; the other parts of the class hold a phase or two each.
/// </summary>
internal partial class CentralServer : ReceiveActor, IWithTimers
{
    // Who is told to end while nodes are still to come waits for so long: they may be about to.
    private static readonly TimeSpan InterruptedWaits = TimeSpan.FromSeconds(1);

    private readonly RunKey _run;
    private readonly NodeId _here;
    private readonly StageSetup _setup;
    private readonly IActorRef _membership;
    private readonly IRunObserver _observer;
    private readonly Action<RunOutcome> _end;
    private readonly Placement _seats;
    private readonly SortedDictionary<int, BlockState> _collected = [];
    private Ballot _ballot;
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

    /// <summary>Makes a server for a run.</summary>
    /// <param name="run">Which run, as nodes know it.</param>
    /// <param name="setup">What the run is made of.</param>
    /// <param name="here">The node that it is on: half of its ballots.</param>
    /// <param name="membership">Tells of nodes.</param>
    /// <param name="observer">Hears what happens. May hear of a committed iteration or an evaluation again after a failure.</param>
    /// <param name="end">Hears once how the run ended.</param>
    public CentralServer(
        RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end)
    {
        _run = run;
        _setup = setup;
        _here = here;
        _ballot = new Ballot(0, here);
        _membership = membership;
        _observer = observer;
        _end = end;
        _seats = new Placement(Plan);
        Become(Arriving);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private RunPlan Plan => _setup.Plan;

    private ITransport Link => _setup.Ports.Link;

    private DateTimeOffset Now => _setup.Ports.Clock.GetUtcNow();

    protected override void PreStart()
    {
        Heard();
        var look = Plan.WaitsTold / 2;
        Timers.StartPeriodicTimer(nameof(ClockTick), ClockTick.Instance, look, look);
        _membership.Tell(new SubscribeToMembership(Self));
    }

    protected override void PostStop()
    {
        DropRelayed();
        if (_over) return;
        DropCollected();
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
        Receive<NodeUp>(Join);
        Receive<NodeLost>(Lose);
        Receive<NodeLeaving>(Leave);
        Receive<NodeSuspected>(_ => { });
        Receive<NodeState>(Late);
        Receive<StageFailed>(Lose);
        Receive<StagesAlive>(Miss);
        Receive<LaneBroken>(Break);
        Receive<Superseded>(Yield);
        Receive<StageWaits>(Wait);
        Receive<ShardDone>(Note);
        Receive<Sealed>(Note);
        Receive<Interrupt>(_ =>
        {
            _interrupted = true;
            if (_phase == Phase.Homeless) InterruptWaiting();
            else Timers.StartSingleTimer(nameof(StillWaits), StillWaits.Instance, InterruptedWaits);
        });
        Receive<StillWaits>(_ =>
        {
            if (_phase == Phase.Arriving || (_phase == Phase.Rolling && !_rules)) InterruptWaiting();
        });
        Receive<ClockTick>(_ => ReportWait());
        Receive<CallAgain>(_ => CallSilent());
        ReceiveAny(m => (m as IDisposable)?.Dispose());
    }

    private void Collect()
    {
        if (_interrupted && _version > 0 && _status != RunStatus.Failed && StoreLast()) return;
        Enter(
            Phase.Collecting, Collecting,
            () => "the final state of " + PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_collected.ContainsKey(s))]));
        Broadcast(new CollectBlock(CurrentWork));
    }

    private void Collecting()
    {
        Receive<BlockCollected>(m =>
        {
            if (m.Work != CurrentWork || !_collected.TryAdd(m.Stage, m.State))
            {
                m.Dispose();
                return;
            }

            Heard();
            if (_collected.Count == Plan.Stages) Hand();
        });
        Always();
    }

    // What changed since the last commit is no result. Where another holder has it still, the run goes on to its end once more.
    private void Hand()
    {
        var changed = _status == RunStatus.Failed || _digests.IsDefaultOrEmpty ? []
            : _collected.Values.Where(b => b.Digest() != _digests[b.Range.Index]).Select(b => b.Range.Index).ToImmutableSortedSet();
        if (changed.IsEmpty) End();
        else CallRoll(Changed(changed), "state");
    }

    private static string Changed(ImmutableSortedSet<int> blocks) => $"the state of {Blocks(blocks)} is no longer that of the last commit";

    private void DropCollected()
    {
        foreach (var block in _collected.Values) block.Dispose();
        _collected.Clear();
    }

    // Where no stage works there is nothing to end in good order.
    private void InterruptWaiting()
    {
        _status = RunStatus.Interrupted;
        _reason = $"interrupted after iteration {_version} of {Plan.Iterations}, while it waited for {_waitingFor()}";
        End();
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
        DropCollected();
        End();
    }

    // A later server rules: what this one says counts for nothing any more, and it touches nothing.
    private void Yield(Superseded told)
    {
        if (told.Refused != _ballot) return;
        if (!_rules)
        {
            _ballot = told.Promised;
            CallRoll("a server before this one had promises");
        }
        else if (told.Promised.Node != _here)
        {
            _status = RunStatus.Superseded;
            _reason = $"the server on {told.Promised.Node} took over";
            DropCollected();
            End();
        }
    }

    private void End()
    {
        if (_over) return;
        if (_iteration is { Committed: false } left && _status != RunStatus.Superseded)
        {
            Tell(new IterationAbandoned(
                left.Iteration, left.Attempt, left.Repeats, left.Disagreements, [.. left.Verdicts], [.. left.Notes]));
        }

        _over = true;
        if (_status != RunStatus.Superseded)
            foreach (var node in _nodes.Values) node.Actor.Tell(new EndRun(_ballot));
        _end(new RunOutcome(_status, _reason, _version, _evaluationLoss, [.. _collected.Values]));
        Context.Stop(Self);
    }

    private void Broadcast(object message)
    {
        foreach (var stage in _stages) stage.Tell(message);
    }

    private void Tell(RunEvent occurrence) => _observer.Observe(occurrence);

    private sealed class StillWaits
    {
        public static StillWaits Instance { get; } = new();
    }

    /// <summary>Host to server: end after the current iteration.</summary>
    internal sealed record Interrupt;
}
