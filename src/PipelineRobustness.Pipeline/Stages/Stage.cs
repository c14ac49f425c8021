using System.Collections.Immutable;
using Akka.Actor;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// A stage: its block and, where the placement says so, a copy of another's. It computes in its handler, on the
/// thread of its own dispatcher, one step a message, so that a new pass is heard of between two steps.
/// </summary>
internal sealed class Stage : ReceiveActor, IStageOutlet, IWithTimers
{
    private readonly int _stage;
    private readonly StageSetup _setup;
    private readonly IActorRef _server;
    private readonly List<IWorkMessage> _early = [];
    private ImmutableArray<IActorRef> _stages = [];
    private IActorRef _detector = ActorRefs.Nobody;
    private BlockWork _own = null!;
    private BlockWork? _copy;
    private WorkId? _work;
    private IStagePass? _pass;
    private DateTimeOffset _idleSince;
    private DateTimeOffset _reportedAt;

    public Stage(int stage, StageSetup setup, IActorRef server)
    {
        _stage = stage;
        _setup = setup;
        _server = server;
        Receive<Wiring>(m => _stages = m.Stages);
        Receive<BeginPass>(Begin);
        Receive<TensorSent>(m => Accept(m, pass => pass.Deliver(m)));
        Receive<Compared>(m => Accept(m, pass => pass.Deliver(m)));
        Receive<BeginBackward>(m => Accept(m, pass => pass.OpenGate()));
        Receive<Step>(_ => TakeStep());
        Receive<Commit>(Settle);
        Receive<CollectBlock>(GiveAway);
        Receive<AuditState>(m => _server.Tell(new StateAudited(m.Work, _stage, OwnDigest, CopyDigest)));
        Receive<SendBlock>(m => _stages[m.To].Tell(new BlockTransfer(m.Work, m.Block, Holding(m.Block).Trainer.Capture())));
        Receive<BlockTransfer>(Restore);
        Receive<LookAtTheClock>(_ => ReportWait());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private UInt128 OwnDigest => _own.Trainer.StateDigest();

    private UInt128? CopyDigest => _copy?.Trainer.StateDigest();

    private DateTimeOffset Now => _setup.Ports.Clock.GetUtcNow();

    void IStageOutlet.Send(TensorSent message)
    {
        var relayed = message.Link == Link.Jump && _setup.Remedy.JumpsThroughServer;
        (relayed ? _server : _stages[message.To]).Tell(message);
    }

    void IStageOutlet.Check(IWorkMessage message) => _detector.Tell(message);

    void IStageOutlet.Report(IWorkMessage message) => _server.Tell(message);

    protected override void PreStart()
    {
        set_num_threads(_setup.Plan.IntraOpThreads);
        _own = _setup.Build(_stage);
        if (_setup.CopyHeldBy(_stage) is { } block) _copy = _setup.Build(block);
        if (_setup.Checks(_stage)) _detector = StartDetector();
        var look = _setup.Plan.WaitReport / 2;
        Timers.StartPeriodicTimer(nameof(LookAtTheClock), LookAtTheClock.Instance, look, look);
        _server.Tell(new StageReady(_stage, Self, _detector, OwnDigest, CopyDigest));
    }

    protected override void PostStop()
    {
        _pass?.Dispose();
        foreach (var message in _early.OfType<IDisposable>()) message.Dispose();
        _own?.Dispose();
        _copy?.Dispose();
    }

    protected override SupervisorStrategy SupervisorStrategy() => Supervision.OfDetectors;

    // Whatever a handler throws says at what: nobody can look into a stage that has stopped.
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

    private IActorRef StartDetector() => Context.ActorOf(
        Props.Create(() => new Detector(_stage, _server, _setup.Plan.RelativeTolerance, _setup.Plan.MicroBatches))
            .WithDispatcher(Dispatchers.Stages),
        "detector");

    private void Begin(BeginPass begin)
    {
        if (_work is { } current && begin.Work <= current) return;
        _pass?.Dispose();
        _own.Forget();
        _copy?.Forget();
        _work = begin.Work;
        _pass = begin.Skipped.Contains(_stage) ? null
            : begin.Kind == PassKind.Evaluation ? new EvaluationPass(begin, _stage, _setup, _own, this)
            : new TrainingPass(begin, _stage, _setup, _own, _copy, this);
        var waiting = _early.ToArray();
        _early.Clear();
        foreach (var message in waiting) Self.Tell(message);
        Resume();
    }

    // Law 2 and 3: what belongs to an earlier piece of work is disposed of, what belongs to a later one waits.
    private void Accept(IWorkMessage message, Action<IStagePass> deliver)
    {
        if (_work is not { } current || message.Work > current)
        {
            _early.Add(message);
        }
        else if (message.Work < current || _pass is null)
        {
            (message as IDisposable)?.Dispose();
        }
        else
        {
            deliver(_pass);
            Resume();
        }
    }

    private void Resume()
    {
        _idleSince = Now;
        _reportedAt = _idleSince;
        if (_pass is { Finished: false, Missing: null }) Self.Tell(Step.Instance);
    }

    private void TakeStep()
    {
        // Several messages may each have asked for a step; the first may have taken it.
        if (_pass is not { Finished: false, Missing: null }) return;
        var next = _pass.Next;
        try
        {
            _pass.Advance();
        }
        catch (Exception e) when (e is not StageException)
        {
            throw new StageException($"{_work}, {next}: {Lines.First(e)}", e);
        }

        Resume();
    }

    private void Settle(Commit commit)
    {
        if (commit.Work != _work) return;
        _pass?.Dispose();
        _pass = null;
        Update(_own, commit);
        if (_copy is not null) Update(_copy, commit);
        _server.Tell(new Committed(commit.Work, _stage, OwnDigest, CopyDigest));
        Befall(_own, commit);
        if (_copy is not null) Befall(_copy, commit);
    }

    // The run is over for this stage: what it holds changes hands without a copy, and no commit can reach it any more.
    private void GiveAway(CollectBlock collect)
    {
        Become(() => ReceiveAny(m => (m as IDisposable)?.Dispose()));
        _pass?.Dispose();
        _pass = null;
        _own.Forget();
        _copy?.Forget();
        _server.Tell(new BlockCollected(collect.Work, _stage, _own.Trainer.HandOver()));
    }

    private void Befall(BlockWork work, Commit commit) => _setup.Ports.Behaviour.BetweenIterations(
        commit.State.Version, _stage, work.Trainer.Block.Range.Index, work.Trainer.LiveState);

    private static void Update(BlockWork work, Commit commit)
    {
        var block = work.Trainer.Block.Range.Index;
        if (!commit.Frozen.Contains(block))
        {
            // The tied matrix belongs to the first block: both of its uses take that block's coefficient.
            work.Trainer.Step(
                commit.LearningRate, p => commit.Coefficients[p.TiedTo is null ? block : 0]);
        }

        work.Forget();
    }

    private BlockWork Holding(int block) =>
        block == _own.Trainer.Block.Range.Index ? _own : _copy!;

    private void Restore(BlockTransfer transfer)
    {
        using (transfer)
        {
            var held = Holding(transfer.Block).Trainer;
            held.Restore(transfer.State);
            _server.Tell(new BlockRestored(transfer.Work, _stage, transfer.Block, held.StateDigest()));
        }
    }

    private void ReportWait()
    {
        if (_pass is not { Finished: false, Missing: { } what } || Now - _reportedAt < _setup.Plan.WaitReport) return;
        _reportedAt = Now;
        _server.Tell(new StageWaits(_stage, $"{what} ({_work})", _idleSince));
    }

    private sealed class Step
    {
        public static Step Instance { get; } = new();
    }

    private sealed class LookAtTheClock
    {
        public static LookAtTheClock Instance { get; } = new();
    }
}

/// <summary>A stage could not do its work; says at what.</summary>
internal sealed class StageException(string message, Exception inner) : Exception(message, inner);

/// <summary>Errors in one line.</summary>
internal static class Lines
{
    /// <summary>The kind of an exception and the first line of what it says.</summary>
    public static string First(Exception e)
    {
        var line = e.Message.Split('\n', 2)[0].Trim();
        return e is StageException or Models.BadInputException ? line : $"{e.GetType().Name}: {line}";
    }
}
