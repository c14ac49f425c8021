using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Drives the iterations, judges findings, commits, and recovers from failures. It is pure: <see cref="Step"/> takes an
/// input and the time and returns effects; it uses addresses of actors only as names. Its phases:
/// <code>
///   QueryingState ─► RollingForward ─► Placing ─► Restoring ─► Training ─► Committing ─► Restoring ─► Training ...
///      ^   ^  └─────────────────────────^   │                   │  ^                        └─► Evaluating ─► Training ...
///      │   └── AwaitingCapacity ◄───────────┘                   └──┴── ConfirmingStates,        or CollectingState ─► the end
///      └── any failure, in any phase                                   Restoring, HoldingHearings
/// </code>
/// A run starts in the same way as it recovers: with a state query, to which at first no stage answers. This class takes inputs
/// and changes phases; <see cref="Recovery"/> and <see cref="TrainingLoop"/> decide what follows from a phase's result.
/// </summary>
internal sealed class Coordinator
{
    // Grace period before an interrupt ends a run that is short of nodes: they may still be joining.
    private static readonly TimeSpan InterruptedWaits = TimeSpan.FromSeconds(1);

    private readonly RunRules _rules;
    private readonly Outbox _outbox = new();
    private readonly Roster _roster;
    private readonly Quarantine _quarantine;
    private readonly Progress _progress;
    private readonly StallDetector _stalls;
    private readonly CheckpointCadence _checkpoints;
    private readonly Recovery _recovery;
    private readonly TrainingLoop _loop;
    private readonly Bench _bench;
    private readonly ProcessorCheck _processors;
    private readonly MessageRules _messages;

    // Kinds of messages of which one was refused: the first of each is reported.
    private readonly HashSet<Type> _refused = [];

    // Of the step that is being taken.
    private Now _now;

    /// <summary>Begins with nothing but the rules of a run.</summary>
    public Coordinator(RunRules rules)
    {
        _rules = rules;
        _roster = new Roster(rules.Plan);
        _progress = new Progress(rules);
        _stalls = new StallDetector(rules);
        _checkpoints = new CheckpointCadence(rules);
        _quarantine = new Quarantine(rules, _roster, _outbox);
        _bench = new Bench(rules, _quarantine, _progress, _outbox);
        _processors = new ProcessorCheck(rules, _roster, _outbox);
        _messages = new MessageRules(rules);
        _recovery = new Recovery(rules, _roster, _quarantine, _progress, _checkpoints, _outbox);
        _loop = new TrainingLoop(rules, _roster, _progress, _checkpoints, _outbox);
    }

    /// <summary>The current phase.</summary>
    public Phase Phase { get; private set; } = new AwaitingNodes();

    /// <summary>The ballot under which it leads, or asks to.</summary>
    public Ballot Ballot => _progress.Ballot;

    /// <summary>Iterations committed.</summary>
    public long Version => _progress.Version;

    /// <summary>Whether the run is over: no input has an effect any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether an actor is that of a node that is here.</summary>
    public bool IsNode(NodeId node, IActorRef actor) => actor.Equals(_roster.Find(node)?.Actor);

    /// <summary>Whether a message is from an actor in the process of a node that is here.</summary>
    public bool IsOn(NodeId node, MessageSource source) => _roster.Find(node) is { } here && source.IsWith(here.Actor);

    /// <summary>The signature of a statement, with the key of the node that its stage is placed on; the key is empty where there is none.</summary>
    public StatementSignature SignatureOf(PassStated stated)
    {
        var stage = stated.Statement.Stage;
        var node = _progress.Committed.Placement.ElementAtOrDefault(stage);
        return new(stage, node.Name ?? "", _roster.Find(node)?.Key ?? [], stated.Signature);
    }

    /// <summary>Begins.</summary>
    /// <returns>What is to be done, in order.</returns>
    public ImmutableArray<Effect> Start(Now now)
    {
        _stalls.Heard(now.Utc);
        _outbox.Add(new Effect.StartTimer(CoordinatorTimer.Tick.Instance, _rules.Plan.WaitReportInterval / 2, Repeats: true));
        return _outbox.Take();
    }

    /// <summary>Takes an input whose sender and ballot have been checked.</summary>
    /// <returns>What is to be done, in order.</returns>
    public ImmutableArray<Effect> Step(Input input, Now now)
    {
        if (IsOver) return [];
        _now = now;
        if (_messages.Fault(input.Message) is { } fault) Refuse(input, fault);
        else Take(input);
        return _outbox.Take();
    }

    private void Refuse(Input input, string fault)
    {
        var kind = input.Message.GetType();
        if (_refused.Add(kind)) _outbox.Report(new MessageRefused(kind.Name, $"{input.From.Path}", fault));
    }

    private void Take(Input input)
    {
        if (input.Message is NodeState node) _processors.Take(node);
        if (Phase.Take(input, _outbox) is { } next) Follow(next);
        else TakeAlways(input);
    }

    // What is taken in every phase.
    private void TakeAlways(Input input)
    {
        switch (input.Message)
        {
            case NodesHere here: Take(here); break;
            case NodeUp node: Take(node); break;
            case NodeLost lost: Take(lost); break;
            case NodeLeaving leaving when _roster.Has(leaving.Node): _roster.Leave(leaving.Node); break;
            case NodeState late: Take(late); break;
            case StagesAlive alive: Take(alive); break;
            case StageFailed failed: Follow(_recovery.Take(failed)); break;
            case LaneBroken lane: Take(lane); break;
            case Superseded superseded: Take(superseded); break;
            case StageWaits wait: Report(_stalls.Note(wait, input.From, Phase.Owes(wait.Stage), _now.Utc)); break;
            case ShardDone shard: Take(shard); break;
            case CheckpointSealed done when _checkpoints.Writing?.Work == done.Work: EndCheckpoint(done.Error); break;
            case CheckpointRead read when Phase.Reports is { } reports: Follow(_recovery.Take(read, reports)); break;
            case ObserverAnswered answer when Phase is PlacedPhase p: Follow(_loop.Next(p.Placed, p.Step, answer.Stops, _now)); break;
            case Interrupt: TakeInterrupt(); break;
            case CoordinatorTimer timer: Take(timer); break;
            case HandlingFailed failed: Follow(new Transition.Fail(failed.Error)); break;
        }
    }

    private void Follow(Transition next)
    {
        _stalls.Heard(_now.Utc);
        switch (next)
        {
            case Transition.Stay: break;
            case Transition.Enter enter: Enter(enter.Next); break;
            case Transition.Recover recover: Follow(_recovery.Begin(recover, _now)); break;
            case Transition.NoNodes none: Follow(_recovery.AwaitCapacity(none.Reports)); break;
            case Transition.Reported reported: Follow(_recovery.Decide(reported.Reports)); break;
            case Transition.Placed placed: Follow(_recovery.Wire(placed.Phase)); break;
            case Transition.Restored restored: TakeRestored(restored); break;
            case Transition.Accepted accepted: Follow(_loop.Commit(accepted.Phase, _now)); break;
            case Transition.Ruled ruled: Follow(_bench.Rule(ruled, _now)); break;
            case Transition.Misgiven misgiven: Follow(_bench.Rule(misgiven)); break;
            case Transition.BeginningsBuilt built: Follow(_recovery.Judge(built.Phase)); break;
            case Transition.Stepped stepped: Follow(_loop.Step(stepped.Phase)); break;
            case Transition.Settled settled: Follow(_loop.Settle(settled.Phase, _now)); break;
            case Transition.RoundEvaluated round: Follow(_loop.Take(round.Phase)); break;
            case Transition.Evaluated evaluated: Follow(_loop.Take(evaluated.Phase)); break;
            case Transition.Stored stored: Follow(_loop.Collect(stored.Phase.Placed, stored.Phase.Step, stored.Phase.Ending)); break;
            case Transition.GiveUp given: Follow(_loop.GiveUp(given)); break;
            case Transition.Collected collected: End(collected.Phase.Ending); break;
            case Transition.EndWaiting: EndWaiting(); break;
            case Transition.Fail fail: EndAtOnce(new Ending(RunStatus.Failed, fail.Reason, fail.Lost)); break;
        }
    }

    private void Enter(Phase phase)
    {
        Phase = phase;
        if (phase.Begin(_outbox) is { } next) Follow(next);
    }

    private void TakeRestored(Transition.Restored restored)
    {
        var placed = restored.Phase.Placed;
        switch (restored.Next)
        {
            case AfterRestoring.Resume resume:
                _recovery.End(resume, _now);
                _stalls.Forget();
                Follow(_loop.Proceed(placed));
                break;
            case AfterRestoring.Repeat repeat: Follow(Training.Repeat(restored.Phase, _progress.Committed, repeat.Iteration)); break;
            case AfterRestoring.Finish finish: Follow(_loop.Finish(placed, finish.Iteration, _now)); break;
        }
    }

    // The nodes that are here are named all at once, so that none of them is taken for missing.
    private void Take(NodesHere here)
    {
        if (Phase is not AwaitingNodes) return;
        foreach (var node in here.Nodes) _roster.Add(node);
        Follow(new Transition.Recover("the run begins"));
    }

    // A joining node is queried as well: it may hold a needed state; otherwise it promises the ballot and is a spare.
    private void Take(NodeUp node)
    {
        if (_quarantine.Has(node.Node, _progress.Committed))
        {
            _quarantine.Refuse(node, _progress.Committed, Ballot);
            return;
        }

        _processors.Join(node);
        if (Phase is QueryingState querying) querying.Ask(node, _outbox);
        else _outbox.ToNode(node.Actor, new StateQuery(Ballot, _rules.Run, _rules.Server));
    }

    private void Take(NodeLost lost)
    {
        _quarantine.Forget(lost.Node);
        if (!_roster.Remove(lost.Node)) return;
        var placement = _progress.Committed.Placement;
        var held = Enumerable.Range(0, placement.Length).Where(stage => placement[stage] == lost.Node).ToArray();
        var reason = $"{lost.Node} was lost{(held.Length > 0 ? $" with {Wording.Stages(held)}" : "")}: {lost.Reason}";
        switch (Phase)
        {
            case AwaitingNodes: break;
            case QueryingState or AwaitingCapacity:
                if (held.Length > 0) _recovery.Note(reason);
                if (Phase.Lose(lost, _outbox) is { } next) Follow(next);
                break;
            default:
                if (!Phase.IsRestored || held.Length > 0) Follow(new Transition.Recover(reason));
                break;
        }
    }

    // Messages in transit are lost. If one of the two nodes is gone as well, only that is reported, once.
    private void Take(LaneBroken lane)
    {
        if (!_roster.Has(lane.From) || !_roster.Has(lane.To)) return;
        Follow(new Transition.Recover($"the lane between {lane.From} and {lane.To} broke: {lane.Reason}", $"lane {(lane.From, lane.To)}"));
    }

    private void Take(StagesAlive alive)
    {
        if (Phase is not PlacedPhase inPlace) return;
        var gone = _rules.AllStages
            .Where(stage => _progress.Committed.Placement[stage] == alive.Node && !alive.Stages.Contains(inPlace.Placed.Stages[stage])).ToArray();
        if (gone.Length == 0) return;
        Follow(new Transition.Recover(
            $"{Wording.Stages(gone)} on {alive.Node} failed, and the message that said so was lost", $"stage {gone[0]}"));
    }

    // The state of a node that answers after the state query does not count.
    private void Take(NodeState late)
    {
        _roster.MarkResponsive(late.Node);
        foreach (var stage in late.Stages.Where(stage => !Phase.Counts(stage)))
        {
            Phase.Reports?.Drop(stage);
            _roster.Drop(late.Node, stage, Ballot, _outbox);
        }

        if (Phase is AwaitingCapacity && !_roster.IsLeftOut(late.Node)) Follow(new Transition.Recover($"{late.Node} joined"));
    }

    private void Take(ShardDone shard)
    {
        if (_checkpoints.Writing is not { } writing || shard.Work != writing.Work) return;
        _stalls.Heard(_now.Utc);
        if (writing.Add(shard) is { } error) EndCheckpoint(error);
        else if (writing.IsComplete) _outbox.Add(new Effect.Seal(writing.Work, writing.Manifest(_rules.Plan.Name)));
    }

    private void EndCheckpoint(string? error)
    {
        _checkpoints.End();
        _outbox.Report(new CheckpointWritten(_checkpoints.StoredVersion, error));
        if (Phase is Storing storing) Follow(new Transition.Stored(storing));
    }

    private void TakeInterrupt()
    {
        _progress.IsInterrupted = true;
        if (Phase is AwaitingCapacity) EndWaiting();
        else _outbox.Add(new Effect.StartTimer(CoordinatorTimer.InterruptTimeout.Instance, InterruptedWaits, Repeats: false));
    }

    // A later server leads: messages of this one no longer count, and it changes nothing.
    private void Take(Superseded answer)
    {
        if (!_recovery.Leads)
        {
            _progress.Ballot = answer.Promised;
            Follow(new Transition.Recover("a server before this one had promises"));
        }
        else if (answer.Promised.Node != _rules.Here)
        {
            EndAtOnce(new Ending(RunStatus.Superseded, $"the server on {answer.Promised.Node} took over"));
        }
    }

    private void Take(CoordinatorTimer timer)
    {
        switch (timer)
        {
            case CoordinatorTimer.Tick:
                Phase.AskAgainSlowly(_outbox);
                _quarantine.SendOthersAway(_progress.Committed, Ballot);
                LookForStalls();
                break;
            case CoordinatorTimer.AskAgain when !Phase.AskAgain(_outbox):
                _outbox.Add(new Effect.StopTimer(typeof(CoordinatorTimer.AskAgain)));
                break;
            case CoordinatorTimer.InterruptTimeout when Phase is AwaitingNodes or QueryingState { MayLackNodes: true }:
                EndWaiting();
                break;
        }
    }

    private void LookForStalls()
    {
        var (plan, since) = (_rules.Plan, _stalls.WaitingSince);
        var action = _stalls.Look(Phase, _now.Utc);
        if (action == StallAction.GiveUp)
        {
            Follow(new Transition.Fail(
                $"gave up after {plan.Pipeline.GiveUpAfter.TotalSeconds:0} s (pipeline.give-up-after) of waiting for {Phase.WaitingFor}",
                Phase.Lacks));
        }
        else if (action == StallAction.Recover)
        {
            var waited = (_now.Utc - since).TotalSeconds;
            Follow(new Transition.Recover($"nothing came for {waited:0} s (recovery.retry-after): waited for {Phase.WaitingFor}", "waiting"));
        }
        else
        {
            if (action.HasFlag(StallAction.AskNodes) && Phase is PlacedPhase inPlace) AskNodes(inPlace.Placed);
            if (action.HasFlag(StallAction.Report)) Report(new WaitReported("the central server", Phase.WaitingFor, since));
        }
    }

    // A stage that neither computes nor says that it waits may be gone, or all may obey another server, and the message that said so
    // may be lost.
    private void AskNodes(PlacedStages placed)
    {
        var silent = _rules.AllStages.Where(stage => !_stalls.HasReported(stage, placed.Stages[stage], _now.Utc));
        foreach (var node in silent.Select(stage => _progress.Committed.Placement[stage]).Distinct())
            _outbox.ToNode(_roster.Get(node).Actor, new StagesQuery(Ballot));
    }

    private void Report(WaitReported? wait)
    {
        if (wait is not null) _outbox.Report(wait);
    }

    // Without working stages there is nothing to shut down in order.
    private void EndWaiting() => End(new Ending(
        RunStatus.Interrupted, $"interrupted after iteration {Version} of {_rules.Plan.Iterations}, while it waited for {Phase.WaitingFor}"));

    private void EndAtOnce(Ending ending)
    {
        _outbox.Add(Effect.ReleaseTensors.Instance);
        End(ending);
    }

    private void End(Ending ending)
    {
        if (ending.Status != RunStatus.Superseded)
        {
            if (_progress.Iteration is { Committed: false } left) _outbox.Report(left.Abandoned);
            foreach (var node in _roster.Nodes) _outbox.ToNode(node.Actor, new EndRun(Ballot));
            _quarantine.SendOthersAway(_progress.Committed, Ballot);
        }

        IsOver = true;
        _outbox.Add(new Effect.End(ending.Status, ending.Reason, ending.Lost, Version, _progress.FinalLoss));
    }
}
