using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// The central server: a thin actor around a <see cref="Coordinator"/>. It checks sender and ballot of what comes, steps the
/// coordinator, and runs the effects. What carries tensors stays here.
/// </summary>
internal sealed class CoordinatorActor : UntypedActor, IWithTimers
{
    private readonly Coordinator _coordinator;
    private readonly StageSetup _setup;
    private readonly RunPlan _plan;
    private readonly RunPorts _ports;
    private readonly IActorRef _membership;
    private readonly IRunObserver _observer;
    private readonly Action<RunOutcome> _end;
    private readonly IAuditKeys _auditKeys;
    private readonly long _started;

    // Works disputed blocks: it receives what stages show and every IRefereeOrder. Nobody where the remedy asks none.
    private readonly IActorRef _referee;

    private readonly SignatureCheck _signatures;

    // Answers of the observer and of the store, by which the coordinator is stepped when the effects of a step have been run.
    private readonly Queue<object> _answers = [];

    // Whether the end was reported. The coordinator is over before the effects of its last step have been run.
    private bool _ended;

    // Owned here, and disposed of when the coordinator releases them: jumping tensors that were passed on, and final states.
    private readonly List<TensorSent> _relayed = [];
    private readonly SortedDictionary<int, BlockState> _collected = [];

    /// <summary>Makes a server for a run.</summary>
    /// <param name="setup">What the run is made of.</param>
    /// <param name="here">The node that it is on: half of its ballots.</param>
    /// <param name="membership">Reports which nodes are here.</param>
    /// <param name="observer">Receives the run's events; after a failure, a committed iteration or an evaluation may be reported again.</param>
    /// <param name="end">Called once with the outcome.</param>
    /// <param name="fingerprint">What the processor here gives for the run; null where no bytes are compared, or all nodes are of this process.</param>
    public CoordinatorActor(
        StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end, UInt128? fingerprint)
    {
        (_setup, _plan, _ports) = (setup, setup.Plan, setup.Ports);
        (_membership, _observer, _end) = (membership, observer, end);
        _auditKeys = _ports.AuditKeys ?? IAuditKeys.Of(_plan);
        _started = Clock.GetTimestamp();
        _signatures = new SignatureCheck(_plan.Name);
        _referee = RefereeActor.For(setup) is { } referee ? Context.ActorOf(referee, "referee") : ActorRefs.Nobody;
        _coordinator = new Coordinator(new RunRules(
            setup.Run.Key, _plan, setup.Remedy, here, Self, setup.Data.Evaluation.MicroBatches, _ports.Store is not null,
            _ports.Evidence is not null)
        {
            Fingerprint = fingerprint,
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeProvider Clock => _ports.Clock;

    private Now Now => new(Clock.GetUtcNow(), Clock.GetElapsedTime(_started));

    protected override void PreStart()
    {
        Run(_coordinator.Start(Now));
        _membership.Tell(new SubscribeToMembership(Self));
    }

    protected override void PostStop()
    {
        Release();
        _signatures.Clear();
        if (!_ended)
            _end(new RunOutcome(RunStatus.Failed, "the central server stopped before the run was over", _coordinator.Version, null, []));
    }

    // A block that it cannot work would be worked in vain again.
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.OfReferee(
        (_, e) => Self.Tell(new HandlingFailed($"the referee failed: {Lines.First(e)}"), Self));

    // An exception in a handler ends the run with a one-line reason, so that no caller waits forever.
    protected override void OnReceive(object message)
    {
        if (message is LaneDelivery delivery) Handle(delivery.Message, new MessageSource(Sender, delivery.From));
        else Handle(message, new MessageSource(Sender));
    }

    private void Handle(object message, MessageSource from)
    {
        try
        {
            Take(message, from);
        }
        catch (Exception e)
        {
            _answers.Clear();
            var error = $"the central server could not handle {message.GetType().Name}: {Lines.First(e)}";
            if (_coordinator.IsOver) End(new Effect.End(RunStatus.Failed, error, null, _coordinator.Version, null));
            else Step(new HandlingFailed(error));
        }
    }

    private void Take(object message, MessageSource from)
    {
        if (_coordinator.IsOver || !Admission.Counts(_coordinator, message, from) || IsOfAnother(message) || IsCollected(message))
            (message as IDisposable)?.Dispose();
        else if (message is BlockCollected block) Collect(block);
        else if (message is ExhibitShown or StateShown) _referee.Tell(message, Self);
        else if (message is PassStated stated) Check(stated);
        else Step(message);
    }

    // That a node will leave is news of the membership's, which knows the node that has said so.
    private bool IsOfAnother(object message) => message is NodeLeaving && !Sender.Equals(_membership);

    private bool IsCollected(object message) => message is BlockCollected block && _collected.ContainsKey(block.Stage);

    private void Collect(BlockCollected block)
    {
        _collected.Add(block.Stage, block.State);
        var digest = _setup.Remedy.IsRefereed ? _setup.DigestOf(block.Stage, block.State) : block.State.Digest();
        Step(new StateCollected(block.Stage, digest, digest == default ? null : block.State.FirstNotFinite()));
    }

    private void Check(PassStated stated)
    {
        var signature = _coordinator.SignatureOf(stated);
        Step(new StatementChecked(stated, _signatures.Holds(signature, stated)) { Signature = signature });
    }

    private void Step(object message)
    {
        Run(_coordinator.Step(new Input(message, Sender), Now));
        while (_answers.TryDequeue(out var answer)) Run(_coordinator.Step(new Input(answer, Self), Now));
    }

    private void Run(ImmutableArray<Effect> effects)
    {
        foreach (var effect in effects) Run(effect);
    }

    private void Run(Effect effect)
    {
        switch (effect)
        {
            case Effect.ToNode e: e.Node.Tell(e.Message); break;
            case Effect.ToStage e: _ports.Transport.ToStage(e.Stage, e.Message, Self); break;
            case Effect.ToStages e: foreach (var stage in e.Stages) _ports.Transport.ToStage(stage, e.Message, Self); break;
            case Effect.Report e: _observer.Observe(e.Event); break;
            case Effect.AskObserver: _answers.Enqueue(new ObserverAnswered(_observer.Stops)); break;
            case Effect.Expect e: _ports.Transport.Expect(_plan, e.Ballot, e.Placement, e.Retiring); break;
            case Effect.BeginStep e: _ports.Transport.Begin(e.Work); break;
            case Effect.Relay e: Relay(e); break;
            case IRefereeOrder: _referee.Tell(effect, Self); break;
            case Effect.ReleaseTensors: Release(); break;
            case Effect.StartTimer e: Start(e); break;
            case Effect.StopTimer e: Timers.Cancel(e.Timer); break;
            case Effect.DrawAudits e: _answers.Enqueue(new AuditKeyDrawn(e.Work, _auditKeys.Draw(e.Kind, e.Work.Iteration, e.Work.Attempt))); break;
            case Effect.ReadCheckpoints e: _answers.Enqueue(new CheckpointRead(Newest(e))); break;
            case Effect.Seal e: Seal(e); break;
            case Effect.End e: End(e); break;
        }
    }

    private void Relay(Effect.Relay relay)
    {
        _relayed.Add(relay.Jump);
        _ports.Transport.ToStage(relay.Stage, relay.Jump with { Value = relay.Jump.Value.Share() }, Self);
    }

    private void Release()
    {
        foreach (var tensors in _relayed.Concat<IDisposable>(_collected.Values)) tensors.Dispose();
        _relayed.Clear();
        _collected.Clear();
    }

    private void Start(Effect.StartTimer start)
    {
        var key = start.Timer.GetType();
        if (start.Repeats) Timers.StartPeriodicTimer(key, start.Timer, start.After, start.After);
        else Timers.StartSingleTimer(key, start.Timer, start.After);
    }

    private CheckpointManifest? Newest(Effect.ReadCheckpoints read) =>
        _ports.Store?.Whole(_plan.Name, damaged => _observer.Observe(new CheckpointWritten(read.Version, damaged)))
            .FirstOrDefault(read.Accepts);

    private void Seal(Effect.Seal seal)
    {
        var self = Self;
        _ports.Store!.Seal(seal.Manifest, error => self.Tell(new CheckpointSealed(seal.Work, error), self));
    }

    private void End(Effect.End end)
    {
        var outcome = new RunOutcome(end.Status, end.Reason, end.Iterations, end.EvaluationLoss, [.. _collected.Values]) { Lost = end.Lost };
        _collected.Clear();
        _ended = true;
        _end(outcome);
        Context.Stop(Self);
    }
}
