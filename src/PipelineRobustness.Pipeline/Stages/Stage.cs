using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// A stage: its block and, depending on the placement, a copy of another stage's block. It computes in its handler, on the
/// thread of its own dispatcher, one step per message, so that it notices a new pass between two steps. This file contains
/// its part in passes; the other files contain commits and state, and its answers to state queries.
/// </summary>
internal sealed partial class Stage : ReceiveActor, IStageOutlet, IWithTimers
{
    private readonly int _stage;
    private readonly StageSetup _setup;
    private readonly NodeKey _key;
    private readonly EarlyMessages _early = new();
    private readonly StagePeers _peers = new();
    private IActorRef _detector = ActorRefs.Nobody;
    private HeldBlocks _blocks = null!;
    private StepId? _work;
    private IStagePass? _pass;

    // What it has of an attempt belongs to the current one; empty outside of one.
    private readonly BehaviourMemory _memory = new();
    private readonly Waiting _waiting;
    private readonly StageRulings _rulings;
    private readonly KeptExhibits _kept = new();

    public Stage(PlaceStage order, NodeId node, StageSetup setup, NodeKey key)
    {
        (_order, _stage, _node, _setup, _key) = (order, order.Stage, node, setup, key);
        _shards = new ShardWriter(setup);
        _waiting = new Waiting(_stage, setup.Ports.Clock, setup.Plan.WaitReportInterval);
        (_server, _version, _committed) = (order.Server, order.Version, order.Checkpoint?.State);
        _promised = new BallotFence(order.Ballot, order.Server);
        _rulings = new StageRulings(order.Rulings, order.Stage);
        Receive<StateQuery>(m => Obey(m.Ballot, () => Answer(m)));
        Receive<StageAddresses>(m => Obey(m.Ballot, () => Connect(m)));
        Receive<BeginPass>(m => Obey(m.Work.Ballot, () => Begin(m)));
        Receive<TensorSent>(m => Accept(m, new(Sender)));
        Receive<SizeSent>(m => Accept(m, new(Sender)));
        Receive<Inspected>(m => Accept(m, new(Sender)));
        Receive<LaneDelivery>(m => Accept((IWorkMessage)m.Message, new(Sender, m.From)));
        Receive<BeginBackward>(m => Obey(m.Work.Ballot, () => Accept(m, new(Sender))));
        Receive<Step>(_ => TakeStep());
        Receive<Commit>(m => Obey(m.Ballot, () => Settle(m)));
        Receive<CollectBlock>(m => Obey(m.Work.Ballot, () => Collect(m)));
        Receive<ConfirmState>(m => Obey(m.Work.Ballot, () => Confirm(m)));
        Receive<WriteShard>(m => Obey(m.Work.Ballot, () => Store(m)));
        Receive<SendBlock>(m => Obey(m.Work.Ballot, () => Give(m)));
        Receive<BlockTransfer>(m => Accept(m, new(Sender)));
        Receive<ShowExhibits>(m => Obey(m.Work.Ballot, () => Show(m)));
        Receive<ClockTick>(_ => ReportWait());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private ITransport Transport => _setup.Ports.Transport;

    BehaviourMemory IStageOutlet.Memory => _memory;

    int IStageOutlet.Seat => _rulings.Seat;

    void IStageOutlet.Send(TensorSent message)
    {
        var relayed = message.Link == Link.Jump && _setup.Remedy.JumpsThroughServer || _rulings.Relays(message);
        if (relayed) Transport.ToServer(_server, message, Self);
        else Transport.ToStage(_peers[message.To], message, Self);
    }

    void IStageOutlet.Send(SizeSent message) => Transport.ToStage(_peers[message.To], message, Self);

    DetectorState IStageOutlet.Detector => DetectorState.Of(_committed?.Detectors ?? [], _stage);

    void IStageOutlet.Check(IInspectionMessage message) => _detector.Tell(message);

    void IStageOutlet.Witness(IWorkMessage message) => _detector.Tell(message);

    void IStageOutlet.Keep(ExhibitKey key, Tensor value) => _kept.Keep(key, value);

    void IStageOutlet.Report(IWorkMessage message)
    {
        if (message is Prepared prepared) _prepared = prepared.Work;
        Tell(message);
    }

    protected override void PreStart()
    {
        _setup.BeginComputing();
        _blocks = HeldBlocks.Build(_setup, _order);
        if (_setup.DetectorOrWitness(_stage, _server, _key) is { } checks) _detector = Context.ActorOf(checks.WithDispatcher(Dispatchers.Stages), "detector");
        _waiting.Begin();
        LookIn(_setup.Plan.WaitReportInterval);
        Tell(Present());
    }

    protected override void PostStop()
    {
        _pass?.Dispose();
        _memory.Clear();
        _kept.Clear();
        _early.Clear();
        _blocks?.Dispose();
    }

    protected override SupervisorStrategy SupervisorStrategy() => Supervision.OfDetectors;

    // An exception in a handler names the message it failed on.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e) when (e is not StageException)
        {
            throw new StageException($"{_work}, {message.GetType().Name}: {Lines.First(e)}", e);
        }
    }

    private void Tell(object message) => Transport.ToServer(_server, message, Self);

    private void Connect(StageAddresses addresses)
    {
        _waiting.Begin();
        _peers.Learn(addresses);
        _committed = addresses.State;
        _rulings.Learn(addresses.State.Rulings);
        Transport.Expect(_setup.Plan, addresses.Ballot, addresses.Placement, ImmutableDictionary<int, NodeId>.Empty);
        _early.Return(Self);
    }

    private void Begin(BeginPass begin)
    {
        // The placement of this ballot may not have arrived yet: the stage would send to missing or former stages.
        if (begin.Work.Ballot != _peers.Ballot || (_work is { } current && begin.Work <= current)) return;
        Transport.Begin(begin.Work);
        if (begin.Kind != PassKind.Evaluation && begin.Work.Iteration != _version)
            throw new StageException($"{begin.Work}: expected the iteration after its version, {_version}");
        LetGo();
        _kept.Clear();
        if (_work is not { } before || !before.IsSameAttempt(begin.Work)) _memory.Begin(begin.Work.Iteration);
        _work = begin.Work;
        _rulings.Begin(begin);
        var skipped = begin.Skipped.Contains(_stage);
        _pass = skipped ? null : _setup.Numerics.Pass(begin, _stage, _blocks.Own, _blocks.Copy, this);
        // A skipped stage counts as prepared: it has no gradients, and steps or stays frozen with the others.
        if (skipped) _prepared = begin.Work;
        _early.Return(Self);
        Resume();
    }

    // All work in progress is void, gradients included.
    private void LetGo()
    {
        _pass?.Dispose();
        _pass = null;
        _blocks.Forget();
        _prepared = null;
        _waiting.Begin();
    }

    // Laws 2 and 3: messages of an earlier step are disposed of, messages of a later step wait.
    private void Accept(IWorkMessage message, MessageSource source)
    {
        if (message is BlockTransfer transfer)
        {
            Restore(transfer, source);
        }
        else if (_pass is not null && message.Work == _work && IsFrom(source, message))
        {
            _pass.Deliver(message);
            Resume();
        }
        else if (message.Work.Ballot >= _promised.Current && (_work is not { } current || message.Work > current))
        {
            _early.Add(message, source);
        }
        else
        {
            (message as IDisposable)?.Dispose();
        }
    }

    // What another sent in the place of a link's end, or past the referee, would be stated as come from that end. A lane may have brought it
    // before the node knew which stage is where.
    private bool IsFrom(MessageSource source, IWorkMessage message) => message is not TensorSent sent
        || (source.Lane is null && !_setup.Remedy.IsRefereed) || IsServer(source) || (!_rulings.Relays(sent) && _peers.HasSent(sent.From, source));

    private bool IsServer(MessageSource source) => source.Is(_server, _promised.Current.Node);

    private void Resume()
    {
        if (_pass is { Finished: false, CanAdvance: true, StepsAtOnce: true }) Advance(_pass);
        GoOn();
    }

    private void GoOn()
    {
        _waiting.Begin();
        if (_pass is { Finished: false, CanAdvance: true }) Self.Tell(Step.Instance);
    }

    private void TakeStep()
    {
        // Several messages may each have requested a step; the first may already have done it.
        if (_pass is not { Finished: false, CanAdvance: true }) return;
        Advance(_pass);
        GoOn();
    }

    private void Advance(IStagePass pass)
    {
        try
        {
            pass.Advance();
        }
        catch (Exception e) when (e is not StageException)
        {
            throw new StageException($"{_work}, {pass.Next}: {Lines.First(e)}", e);
        }
    }

    private void ReportWait()
    {
        var (report, next) = _waiting.Look(_pass, _work);
        if (report is not null) Tell(report);
        LookIn(next);
    }

    private void LookIn(TimeSpan time) => Timers.StartSingleTimer(nameof(ClockTick), ClockTick.Instance, time);
}
