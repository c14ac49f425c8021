using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Drives the iterations, judges findings, commits, and puts together again what breaks. It is pure: <see cref="Step"/> takes
/// an input and the time and gives effects; addresses of actors are names to it. Its phases:
/// <code>
///   QueryingState ─► RollingForward ─► Placing ─► Restoring ─► Training ─► Committing ─► Restoring ─► Training ...
///      ^   ^  └─────────────────────────^   │                   │  ^                        └─► Evaluating ─► Training ...
///      │   └── AwaitingCapacity ◄───────────┘                   └──┴── Auditing, Restoring      or CollectingState ─► the end
///      └── whatever breaks, in any phase
/// </code>
/// A run begins as it is recovered: by a state query, to which nobody answers that has anything of it.
/// </summary>
internal sealed class Coordinator
{
    // A run that is to end while nodes are still to join waits for so long: they may be about to.
    private static readonly TimeSpan InterruptedWaits = TimeSpan.FromSeconds(1);

    private readonly RunRules _rules;
    private readonly Outbox _outbox = new();
    private readonly Roster _roster;
    private readonly RetryBudget _budget;
    private readonly StallDetector _stalls;
    private readonly CheckpointCadence _checkpoints;

    private Now _now;
    private Phase _phase = new AwaitingNodes();
    private CommittedState _committed = new();

    // The recovery under way; null where training goes on.
    private Incident? _incident;

    // What stages that are being built, or were built last, began with.
    private Origin _origin = new(BlockOrigin.Initial);

    // Checkpoints that were whole when they were chosen, and could not be read.
    private ImmutableHashSet<(long Version, Ballot Ballot)> _unreadable = [];

    // The iteration under way or cut short; where it is not committed when the run ends, that is reported.
    private IterationLedger? _iteration;

    // State queries since the last commit: repetitions of an iteration are told apart by it.
    private int _retry;

    // Whether a state query of this server has been answered; before, another may be leading.
    private bool _leads;

    // Whether it has been reported that the run has begun.
    private bool _hasBegun;
    private bool _interrupted;
    private long _evaluatedVersion;
    private double? _finalLoss;

    /// <summary>Begins with nothing but the rules of a run.</summary>
    public Coordinator(RunRules rules)
    {
        _rules = rules;
        _roster = new Roster(rules.Plan);
        _budget = new RetryBudget(rules.Plan.RetriesMax);
        _stalls = new StallDetector(rules);
        _checkpoints = new CheckpointCadence(rules);
        Ballot = new Ballot(0, rules.Here);
    }

    /// <summary>The ballot under which it leads, or asks to.</summary>
    public Ballot Ballot { get; private set; }

    /// <summary>What it is at.</summary>
    public Phase Phase => _phase;

    /// <summary>Iterations committed.</summary>
    public long Version => _committed.Version;

    /// <summary>Whether the run is over: no input has an effect any more.</summary>
    public bool IsOver { get; private set; }

    private RunPlan Plan => _rules.Plan;

    /// <summary>Whether the messages of a node under a ballot count: the ballot is this one, and the node is here.</summary>
    public bool Counts(Ballot ballot, NodeId node) => ballot == Ballot && _roster.Has(node);

    /// <summary>Begins.</summary>
    public IReadOnlyList<Effect> Start(Now now)
    {
        _stalls.Heard(now.Utc);
        _outbox.Add(new Effect.StartTimer(Timer.Tick.Instance, Plan.WaitsTold / 2, Repeats: true));
        return _outbox.Effects;
    }

    /// <summary>Takes an input, of a message whose sender and ballot have been checked.</summary>
    /// <returns>What is to be done, in order; valid until the next step.</returns>
    public IReadOnlyList<Effect> Step(Input input, Now now)
    {
        _outbox.Clear();
        if (IsOver) return [];
        _now = now;
        if (_phase.Take(input, _outbox) is { } next) Follow(next);
        else TakeAlways(input);

        return _outbox.Effects;
    }

    // What is taken in every phase.
    private void TakeAlways(Input input)
    {
        switch (input.Message)
        {
            case NodesHere here: Begin(here); break;
            case NodeUp node: Join(node); break;
            case NodeLost lost: Lose(lost); break;
            case NodeLeaving leaving: _roster.Leave(leaving.Node); break;
            case NodeState late: TakeLate(late); break;
            case StageFailed failed: Lose(failed); break;
            case StagesAlive alive: LookForMissing(alive); break;
            case LaneBroken lane: Lose(lane); break;
            case Superseded superseded: GiveWay(superseded); break;
            case StageWaits wait: Report(_stalls.Note(wait, input.From, _phase.Owes(wait.Stage), _now.Utc)); break;
            case ShardDone shard: TakeShard(shard); break;
            case CheckpointSealed done when _checkpoints.Writing?.Work == done.Work: EndCheckpoint(done.Trouble); break;
            case CheckpointRead read: TakeCheckpoint(read); break;
            case ObserverAnswered observer: NextIteration(observer.Stops); break;
            case Interrupt: TakeInterrupt(); break;
            case HandlingFailed failed: Fail(failed.Error); break;
            case Timer timer: TakeTimer(timer); break;
        }
    }

    private void Follow(Transition next)
    {
        _stalls.Heard(_now.Utc);
        switch (next)
        {
            case Transition.Stay: break;
            case Transition.Enter enter: Enter(enter.Next); break;
            case Transition.Reported reported: Decide(reported.Reports, null); break;
            case Transition.NoNodes none: AwaitCapacity(none.Reports); break;
            case Transition.Placed placed: Wire(placed.Phase); break;
            case Transition.Restored restored: TakeRestored(restored.Next); break;
            case Transition.Accepted accepted: Commit(accepted.Phase); break;
            case Transition.Stepped stepped: Settle(stepped.Phase); break;
            case Transition.RoundEvaluated round: TakeRound(round.Phase); break;
            case Transition.Evaluated evaluated: TakeEvaluation(evaluated.Phase); break;
            case Transition.Collected collected: End(collected.Phase.Ending); break;
            case Transition.Recover recover: Recover(recover.Reason, recover.Subject, doubted: recover.Doubted); break;
            case Transition.GiveUp giveUp: Collect(new Ending(RunStatus.Failed, giveUp.Reason)); break;
            case Transition.Fail fail: Fail(fail.Reason); break;
        }
    }

    private void Enter(Phase phase)
    {
        _phase = phase;
        _stalls.Heard(_now.Utc);
        if (phase.Begin(_outbox) is { } next) Follow(next);
    }

    // The nodes that are here are named all at once, so that none of them is taken for missing.
    private void Begin(NodesHere here)
    {
        if (_phase is not AwaitingNodes) return;
        foreach (var node in here.Nodes) _roster.Add(node);
        Recover("the run begins");
    }

    // One that joins is asked as well: it may hold what is sought, else it promises the ballot, and is a spare.
    private void Join(NodeUp node)
    {
        _roster.Join(node);
        if (_phase is QueryingState querying) querying.Ask(node, _outbox);
        else _outbox.ToNode(node.Actor, new StateQuery(Ballot, _rules.Run, _rules.Server));
    }

    private void Lose(NodeLost lost)
    {
        if (!_roster.Remove(lost.Node)) return;
        var held = Enumerable.Range(0, _committed.Placement.Length).Where(stage => _committed.Placement[stage] == lost.Node).ToArray();
        var reason = $"{lost.Node} was lost{(held.Length > 0 ? $" with {Wording.Stages(held)}" : "")}: {lost.Reason}";
        switch (_phase)
        {
            case AwaitingNodes: break;
            case QueryingState or AwaitingCapacity:
                if (held.Length > 0) Note(reason, isMove: false);
                if (_phase.Lose(lost) is { } next) Follow(next);
                break;
            default:
                if (!_phase.IsRestored || held.Length > 0) Recover(reason);
                break;
        }
    }

    private void Lose(StageFailed failed)
    {
        var reason = $"stage {failed.Stage} on {failed.Node}: {failed.Reason}";
        if (failed.WhileBuilding && _origin.Kind == BlockOrigin.Initial)
        {
            Fail(_incident?.Lost is { } lost ? $"{lost}; {reason}" : reason);
            return;
        }

        if (failed.WhileBuilding && _origin.Manifest is { } manifest) _unreadable = _unreadable.Add((manifest.Version, manifest.Ballot));
        Recover(reason, $"stage {failed.Stage}");
    }

    // What was on its way is lost. Where one of the two nodes is gone as well, that is what is reported, and once.
    private void Lose(LaneBroken lane)
    {
        if (_roster.Has(lane.From) && _roster.Has(lane.To))
            Recover($"the lane between {lane.From} and {lane.To} broke: {lane.Reason}", $"lane {(lane.From, lane.To)}");
    }

    private void LookForMissing(StagesAlive alive)
    {
        if (!_phase.IsWired) return;
        var gone = _rules.AllStages.Where(s => _committed.Placement[s] == alive.Node && !alive.Stages.Contains(_phase.Address(s)!)).ToArray();
        if (gone.Length > 0) Recover($"{Wording.Stages(gone)} on {alive.Node} failed, and the message that said so was lost", $"stage {gone[0]}");
    }

    // What a node holds that answers when the state query is over does not count.
    private void TakeLate(NodeState late)
    {
        _roster.MarkResponsive(late.Node);
        foreach (var stage in late.Stages.Where(stage => !_phase.Counts(stage))) Drop(late.Node, stage);
        if (_phase is AwaitingCapacity) Recover($"{late.Node} joined");
    }

    /// <summary>Begins a recovery, or begins it again where something else breaks meanwhile.</summary>
    /// <param name="reason">What broke.</param>
    /// <param name="subject">What may break again and again by the run's own fault; null for what comes from outside.</param>
    /// <param name="isMove">Whether nothing broke, and stages are to be where they are not.</param>
    /// <param name="doubted">Blocks of which no holder is sure to be right.</param>
    private void Recover(string reason, string? subject = null, bool isMove = false, IReadOnlyCollection<int>? doubted = null)
    {
        if (IsOver) return;
        if (subject is not null && _budget.Exhausts(subject))
        {
            var retries = Plan.RetriesMax == 1 ? "1 retry" : $"{Plan.RetriesMax} retries";
            Fail(Plan.RetriesMax == 0 ? reason : $"iteration {Version} was given up after {retries} (recovery.retries); the last: {reason}");
            return;
        }

        if (_leads && _incident is null) _outbox.Observe(new RecoveryBegan(Version, reason));
        _incident ??= new Incident(_now.Uptime);
        Note(reason, isMove);
        _incident.Query(reason);
        _incident.Doubted.UnionWith(doubted ?? []);
        _retry++;
        Ballot = new Ballot(Ballot.Counter + 1, _rules.Here);
        _roster.ForgetUnresponsive();
        _checkpoints.Abandon();
        _outbox.Add(Effect.ReleaseTensors.Instance);
        Enter(new QueryingState(_rules, Ballot, _roster, _incident, _leads));
    }

    // A server that does not lead yet has heard of nothing that broke: it is what is new.
    private void Note(string reason, bool isMove) => _incident!.Note(reason, _leads ? reason : "another server began", isMove);

    private void Decide(StateReports reports, CheckpointRead? checkpoint)
    {
        if (_phase is QueryingState) _outbox.Add(new Effect.StopTimer(typeof(Timer.QueryTimeout)));
        _leads = true;
        Learn(reports);
        var decision = RecoveryPlanner.Decide(new RecoveryFacts(_rules, _committed, reports.Stages, _roster, _incident!, checkpoint));
        switch (decision)
        {
            case RecoveryDecision.RollForward forward: Enter(new RollingForward(Ballot, reports, forward.Commit, forward.Behind)); break;
            case RecoveryDecision.ReadCheckpoints read:
                _incident!.Lost = read.Lost;
                _outbox.Add(new Effect.ReadCheckpoints(Version, _unreadable));
                break;
            case RecoveryDecision.Rebuild plan: Rebuild(plan, reports); break;
        }
    }

    private void Learn(StateReports reports)
    {
        var learned = _committed.Learn([.. reports.Stages.Where(stage => stage.Own is not null || stage.Copy is not null)]);
        if (learned.Version > Version) _iteration?.Close();
        _committed = learned;
        _budget.Reach(Version);
    }

    private void TakeCheckpoint(CheckpointRead read)
    {
        if (_phase.Reports is not { } reports) return;
        if (read.Newest?.Ballot.Counter >= Ballot.Counter)
        {
            // What is written from here on must outrank what was written before.
            Ballot = new Ballot(read.Newest.Ballot.Counter, _rules.Here);
            Recover(_incident!.Reason);
            return;
        }

        Decide(reports, read);
    }

    private void Rebuild(RecoveryDecision.Rebuild plan, StateReports reports)
    {
        if (plan.Origin.Kind != BlockOrigin.Transfer) _incident!.Doubted.Clear();
        if (plan.Origin.Manifest is { } manifest) _checkpoints.GoneBackTo(manifest);
        _committed = plan.Committed;
        _origin = plan.Origin;
        _incident!.Lost = plan.Lost;
        foreach (var stage in plan.Dropped) Drop(stage.Node, stage.Actor);
        switch (plan)
        {
            case RecoveryDecision.Restore restore: Enter(new Placing(_rules, Ballot, _roster, reports, plan, restore.Seating)); break;
            case RecoveryDecision.FallBack back: Enter(new Placing(_rules, Ballot, _roster, reports, plan, back.Seating)); break;
            default: AwaitCapacity(reports); break;
        }
    }

    private void AwaitCapacity(StateReports reports)
    {
        if (_phase is AwaitingCapacity) return;
        Enter(new AwaitingCapacity(_rules, Ballot, _roster, _incident!, reports));
        if (_interrupted) EndWaiting();
    }

    // Every stage is told where the others are; then they get what they lack.
    private void Wire(Placing placing)
    {
        var stages = placing.Ready;
        var crew = new Crew(_rules, Ballot, [.. stages.Select(s => s.Actor)], [.. stages.Select(s => s.Detector)]);
        _outbox.Add(new Effect.Expect(Ballot, _committed.Placement));
        _outbox.ToStages(
            [.. crew.Stages, .. placing.Seating.Retiring.Select(s => s.Actor)], new Wiring(Ballot, crew.Stages, _committed.Placement, _committed.Detectors));
        var (sources, transfers) = (stages, ImmutableArray<Transfer>.Empty);
        if (placing.Plan is RecoveryDecision.Restore restore)
        {
            (sources, transfers) = (restore.Sources, restore.Transfers);
        }
        else
        {
            _committed = _committed with { Digests = [.. stages.Select(s => s.Own!.Value)], DigestsVersion = Version };
            if (Misread() is { } block)
            {
                Fail($"block {block} was read from the checkpoint of version {Version} with another state than was written");
                return;
            }

            transfers = RecoveryPlanner.Lacking(_rules, _committed, stages);
        }

        var work = new StepId(Ballot, Version, Purpose.Evaluation, _retry, 0, 0);
        _outbox.Add(new Effect.BeginStep(work));
        var next = new AfterRestoring.Resume(Restoration(transfers, sources), placing.Seating.Retiring);
        Enter(new Restoring(crew, work, _committed.Digests, [.. transfers.Select(t => (t, sources[t.Block].Actor))], next));
    }

    private int? Misread() => _origin.Manifest is not { } manifest || manifest.Shards.Length != Plan.Stages ? null
        : manifest.Shards.Where(shard => shard.StateDigest != _committed.Digests[shard.Block]).Select(shard => (int?)shard.Block).FirstOrDefault();

    private string Restoration(ImmutableArray<Transfer> transfers, ImmutableArray<StageState> sources)
    {
        var since = _incident!.Lost is { } lost ? $", since {lost}" : "";
        return _origin.Kind switch
        {
            BlockOrigin.Checkpoint => $"all blocks from the checkpoint of version {Version}{since}",
            BlockOrigin.Initial => $"all blocks from version 0{since}",
            _ when transfers.IsEmpty => "nothing had to be restored",
            _ => string.Join(", ", transfers.Select(t => $"block {t.Block} on {_committed.Placement[t.To]} from {sources[t.Block].Node}")),
        };
    }

    private void TakeRestored(AfterRestoring next)
    {
        var crew = ((WiredPhase)_phase).Crew;
        switch (next)
        {
            case AfterRestoring.Resume resume: Resume(resume); break;
            case AfterRestoring.Repeat repeat: Follow(Training.Repeat(crew, _committed.Digests, repeat.Iteration)); break;
            case AfterRestoring.Finish finish: Finish(finish.Iteration); break;
        }
    }

    private void Resume(AfterRestoring.Resume resumed)
    {
        foreach (var retired in resumed.Retiring) Drop(retired.Node, retired.Actor);
        var (incident, took) = (_incident!, _now.Uptime - _incident!.Began);
        _outbox.Observe(_hasBegun || _origin.Kind == BlockOrigin.Transfer
            ? new RecoveryEnded(Version, resumed.How, _committed.Placement, took) { Reason = incident.Reasons, IsMove = incident.IsMove }
            : new RunStarted(_committed.Placement) { Took = took });
        _hasBegun = true;
        _incident = null;
        _stalls.Forget();
        // A server that is new reports what the one before it may not have come to report.
        if (_committed.Reached is { } commit) _outbox.Observe(commit.Record with { Elapsed = commit.State.Trained });
        Proceed();
    }

    // From a version that every holder has. What was evaluated before a failure need not be again.
    private void Proceed()
    {
        _checkpoints.Proceed(_committed, Ballot, _retry, Crew, _outbox);
        var isDue = Plan.EvaluateEvery > 0 && Version > 0 && Version % Plan.EvaluateEvery == 0 && Version < Plan.Iterations;
        if (isDue && _evaluatedVersion != Version && !_interrupted) Evaluate(isFinal: false);
        else _outbox.Add(Effect.AskObserver.Instance);
    }

    private void NextIteration(bool observerStops)
    {
        if (_interrupted || observerStops)
        {
            _interrupted = true;
            Collect(new Ending(RunStatus.Interrupted, $"interrupted after iteration {Version} of {Plan.Iterations}"));
        }
        else if (Version == Plan.Iterations)
        {
            Evaluate(isFinal: true);
        }
        else
        {
            _iteration = new IterationLedger(Version, Plan.Stages, _now.Uptime, _retry);
            Enter(new Training(Crew, _committed.Digests, _iteration));
        }
    }

    private void Commit(Training pass)
    {
        _committed = pass.Commit(_committed, _now);
        Enter(new Committing(pass, _committed.Last!));
    }

    private void Settle(Committing step)
    {
        if (_rules.Remedy.JumpsThroughServer) _outbox.Add(Effect.ReleaseTensors.Instance);
        _committed = _committed with { Digests = step.Digests, DigestsVersion = Version + 1, Detectors = _committed.Last!.State.Detectors };
        if (step.Wrong is { IsEmpty: false } wrong)
        {
            Record(step.Iteration);
            Recover(
                $"after iteration {step.Iteration.Iteration} the copies of {Wording.Blocks(wrong)} are no longer like the originals", "state", doubted: wrong);
            return;
        }

        var stale = step.Stale;
        step.Iteration.Refetched.UnionWith(stale);
        var fetches = stale.Select(block => (new Transfer(block, _rules.HolderOfCopy(block)), Crew.Stages[block]));
        Enter(new Restoring(Crew, step.Step, _committed.Digests, [.. fetches], new AfterRestoring.Finish(step.Iteration)));
    }

    private void Record(IterationLedger iteration)
    {
        iteration.Close();
        _committed = _committed with { Version = Version + 1, Trained = _committed.Trained + (_now.Uptime - iteration.Began) };
        _budget.Reach(Version);
        _retry = 0;
        _outbox.Observe(_committed.Last!.Record with { Refetched = [.. iteration.Refetched], Elapsed = _committed.Trained });
    }

    // At an iteration's boundary stages move to where there is more room, or away from where there soon is none.
    private void Finish(IterationLedger iteration)
    {
        Record(iteration);
        if (_roster.BetterThan(_committed.Placement) is not { } better)
        {
            Proceed();
            return;
        }

        var moving = _rules.AllStages.Where(stage => better[stage] != _committed.Placement[stage])
            .Select(stage => $"stage {stage} moves from {_committed.Placement[stage]} to {better[stage]}");
        Recover(string.Join(", ", moving), isMove: true);
    }

    private void Evaluate(bool isFinal)
    {
        if (Plan.Numerics != Numerics.Shapes) Enter(new Evaluating(Crew, EvaluationRound(0), isFinal, default));
        else if (isFinal) Collect(Ending.Done);
        else _outbox.Add(Effect.AskObserver.Instance);
    }

    private StepId EvaluationRound(int microBatches) => new(Ballot, Version, Purpose.Evaluation, _retry, 0, microBatches);

    private void TakeRound(Evaluating round)
    {
        if (_interrupted) _outbox.Add(Effect.AskObserver.Instance);
        else if (round.Found.MicroBatches < _rules.EvaluationMicroBatches)
            Enter(new Evaluating(Crew, EvaluationRound(round.Found.MicroBatches), round.IsFinal, round.Found));
        else Enter(new ConfirmingEvaluation(round, _committed.Digests));
    }

    private void TakeEvaluation(ConfirmingEvaluation evaluation)
    {
        _outbox.Observe(evaluation.Result);
        _evaluatedVersion = Version;
        if (evaluation.IsFinal)
        {
            _finalLoss = evaluation.Result.Loss;
            Collect(Ending.Done);
        }
        else
        {
            _outbox.Add(Effect.AskObserver.Instance);
        }
    }

    private void TakeTimer(Timer timer)
    {
        switch (timer)
        {
            case Timer.Tick: LookForStalls(); break;
            case Timer.AskAgain when !_phase.AskAgain(_outbox): _outbox.Add(new Effect.StopTimer(typeof(Timer.AskAgain))); break;
            case Timer.InterruptTimeout when _phase is AwaitingNodes or QueryingState { MayLackNodes: true }: EndWaiting(); break;
        }
    }

    private void LookForStalls()
    {
        if (_phase is Storing) _checkpoints.AskForShards(Crew, _outbox);
        else _phase.AskAgainSlowly(_outbox);
        var action = _stalls.Look(_phase, _now.Utc);
        switch (action)
        {
            case StallAction.GiveUp:
                Fail($"gave up after {Plan.GiveUpAfter.TotalSeconds:0} s (pipeline.give-up-after): waited for {_phase.WaitingFor} since "
                    + _rules.TimeText(_stalls.WaitingSince));
                return;
            case StallAction.Recover:
                var waited = _now.Utc - _stalls.WaitingSince;
                Recover($"nothing came for {waited.TotalSeconds:0} s (recovery.retry-after): waited for {_phase.WaitingFor}", "waiting");
                return;
        }

        if (action is StallAction.AskNodes or StallAction.AskNodesAndReport && _phase is WiredPhase) AskNodes();
        if (action is StallAction.Report or StallAction.AskNodesAndReport)
            Report(new WaitReported("the central server", _phase.WaitingFor, _stalls.WaitingSince));
    }

    // A stage that neither computes nor says that it waits may be gone, or all obey another server, and the message that said so
    // may be lost.
    private void AskNodes()
    {
        var silent = _rules.AllStages.Where(stage => !_stalls.HasReported(stage, Crew.Stages[stage], _now.Utc));
        foreach (var node in silent.Select(stage => _committed.Placement[stage]).Distinct()) _outbox.ToNode(_roster.Get(node).Actor, new StagesQuery(Ballot));
    }

    private void Report(WaitReported? wait)
    {
        if (wait is not null) _outbox.Observe(wait);
    }

    private void TakeShard(ShardDone shard)
    {
        if (_checkpoints.Writing is not { } writing || shard.Work != writing.Work) return;
        _stalls.Heard(_now.Utc);
        if (writing.Add(shard) is { } trouble) EndCheckpoint(trouble);
        else if (writing.IsComplete) _outbox.Add(new Effect.Seal(writing.Work, writing.Manifest(Plan.Name)));
    }

    private void EndCheckpoint(string? trouble)
    {
        _checkpoints.End();
        _outbox.Observe(new CheckpointWritten(_checkpoints.StoredVersion, trouble));
        if (_phase is Storing storing) Collect(storing.Ending);
    }

    private void TakeInterrupt()
    {
        _interrupted = true;
        if (_phase is AwaitingCapacity) EndWaiting();
        else _outbox.Add(new Effect.StartTimer(Timer.InterruptTimeout.Instance, InterruptedWaits, Repeats: false));
    }

    // A later server leads: what this one says does not count any more, and it touches nothing.
    private void GiveWay(Superseded told)
    {
        if (!_leads)
        {
            Ballot = told.Promised;
            Recover("a server before this one had promises");
        }
        else if (told.Promised.Node != _rules.Here)
        {
            _outbox.Add(Effect.ReleaseTensors.Instance);
            End(new Ending(RunStatus.Superseded, $"the server on {told.Promised.Node} took over"));
        }
    }

    // The run is about to end in good order. Where it is interrupted it first leaves a checkpoint.
    private void Collect(Ending ending)
    {
        var work = ((WiredPhase)_phase).Step;
        if (_interrupted && Version > 0 && ending.Status != RunStatus.Failed && _rules.HasStore && _checkpoints.StoredVersion != Version)
        {
            Enter(new Storing(Crew, work, ending) { Version = Version });
            _checkpoints.StoreLast(_committed, Ballot, _retry, Crew, _outbox);
        }
        else
        {
            Enter(new CollectingState(Crew, work, _committed.Digests, ending));
        }
    }

    // Where no stage works there is nothing to end in good order.
    private void EndWaiting() =>
        End(new Ending(RunStatus.Interrupted, $"interrupted after iteration {Version} of {Plan.Iterations}, while it waited for {_phase.WaitingFor}"));

    private void Fail(string reason)
    {
        if (IsOver) return;
        _outbox.Add(Effect.ReleaseTensors.Instance);
        End(new Ending(RunStatus.Failed, reason));
    }

    private void End(Ending ending)
    {
        if (ending.Status != RunStatus.Superseded)
        {
            if (_iteration is { Committed: false } left) _outbox.Observe(left.Abandoned);
            foreach (var node in _roster.Nodes) _outbox.ToNode(node.Actor, new EndRun(Ballot));
        }

        IsOver = true;
        _outbox.Add(new Effect.End(ending.Status, ending.Reason, Version, _finalLoss));
    }

    private void Drop(NodeId node, IActorRef stage)
    {
        _phase.Reports?.Drop(stage);
        if (_roster.Has(node)) _outbox.ToNode(_roster.Get(node).Actor, new DropStage(Ballot, stage));
    }

    private Crew Crew => ((WiredPhase)_phase).Crew;
}
