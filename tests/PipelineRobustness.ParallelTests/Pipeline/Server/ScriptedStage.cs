using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What stages that a test plays compute, whichever actor a stage is.</summary>
internal sealed class Numbers
{
    /// <summary>The loss of an iteration.</summary>
    public Func<long, double> Loss { get; set; } = _ => 1.5;

    /// <summary>The loss of an evaluation after so many iterations.</summary>
    public Func<long, double> EvaluationLoss { get; set; } = _ => 1.5;

    /// <summary>Whether the state of a stage's block is not finite at a version.</summary>
    public Func<int, long, bool> Breaks { get; set; } = (_, _) => false;
}

/// <summary>A block's state on its way from one stage to another.</summary>
internal sealed record MovedBlock(SendBlock Order, UInt128 State);

/// <summary>A stage that a test plays: its blocks' states are numbers.</summary>
internal sealed class ScriptedStage
{
    private readonly RunRules _rules;
    private readonly NodeId _node;
    private readonly int? _copyOf;
    private Ballot _promised;
    private StepId? _prepared;
    private Commit? _last;
    private Rulings _rulings;
    private VouchedState? _vouched;

    // Of the last pass, and of the step that followed it; null where no referee is asked.
    private PlayedPass? _played;
    private UInt128? _before;

    public ScriptedStage(RunRules rules, PlaceStage order, NodeId node, int started)
    {
        (_rules, _node, Order) = (rules, node, order);
        _copyOf = rules.CopyHeldBy(order.Stage);
        Version = order.Version;
        _rulings = order.Rulings;
        Address = ServerRig.Address($"{node}/stage-{order.Stage}-{started}");
        Detector = ServerRig.Address($"{node}/stage-{order.Stage}-{started}/detector");
        if (order.Origin != BlockOrigin.Transfer) SetState();
    }

    public required Action<(object Message, IActorRef From)> Send { get; init; }

    public required Func<StepId, Direction, int, ImmutableArray<Verdict>> Finds { get; init; }

    public PlaceStage Order { get; }

    public int Number => Order.Stage;

    public IActorRef Address { get; }

    public IActorRef Detector { get; }

    public long Version { get; private set; }

    /// <summary>Digest of its block's state; null while it has none.</summary>
    public UInt128? Own { get; set; }

    /// <summary>Digest of its copy's state.</summary>
    public UInt128? Copy { get; set; }

    /// <summary>Gradient that a holder reports of a block.</summary>
    public Func<int, double> Gradient { get; set; } = block => block;

    public required Numbers Numbers { get; init; }

    /// <summary>Plays a pass of all stages; null where one of them is not there.</summary>
    public required Func<BeginPass, PlayedPass?> Plays { get; init; }

    /// <summary>What it says in place of what is so.</summary>
    public required Func<Saying, Claim, Claim> Says { get; init; }

    /// <summary>What its witness hands in in place of a statement.</summary>
    public required Func<StepId, Statement, Statement> Changes { get; init; }

    /// <summary>Which exhibits it does not show; none unless set.</summary>
    public Func<ExhibitKey, bool> Hides { get; set; } = _ => false;

    private int Seat => _rulings.SeatOf(Number);

    /// <summary>What it tells the server in place of a message.</summary>
    public Func<object, object> Tells { get; set; } = message => message;

    private string? NotFinite => NotFiniteOf(Number);

    private string? NotFiniteOf(int block) => Numbers.Breaks(block, Version) ? "weight w" : null;

    public void Take(object message)
    {
        switch (message)
        {
            case StateQuery query:
                _promised = query.Ballot;
                if (_prepared is null) _played = null;
                Tell(new StageState(
                    _promised, _node, Number, Address, Detector, Version, Own, Copy, _prepared, _last, null, _rulings, Order.Rulings.SeatOf(Number),
                    _vouched));
                break;
            case StageAddresses addresses: _rulings = Rulings.Later(_rulings, addresses.State.Rulings); break;
            case BeginPass { Kind: PassKind.Whole } begin when _rules.IsRefereed: State(begin); break;
            case ShowExhibits show: Show(show); break;
            case BeginPass { Kind: PassKind.Evaluation } begin when Number == _rules.Plan.Stages - 1:
                Tell(new EvaluationSums(begin.Work, [Numbers.EvaluationLoss(begin.Work.Iteration)], 1));
                break;
            case BeginPass { Kind: PassKind.Gated } begin:
                Check(begin.Work, Direction.Forward);
                Tell(new ForwardDone(begin.Work, Number, ""));
                break;
            case BeginPass { Kind: PassKind.Whole } begin:
                Check(begin.Work, Direction.Forward);
                Prepare(begin.Work);
                break;
            case BeginBackward begin: Prepare(begin.Work); break;
            case Commit commit: Take(commit); break;
            case SendBlock order: Give(order); break;
            case ConfirmState confirm: Tell(new StateConfirmed(confirm.Work, Number, Own!.Value, Copy)); break;
            case CollectBlock order: Tell(new StateCollected(Number, SaysOf(order.Work, Said.Collected, Number, Own!.Value), NotFinite)); break;
            case WriteShard order:
                var seal = new ShardSeal(Number, $"block-{Number}", "", Own!.Value, NotFinite is null);
                Tell(new ShardDone(order.Work, Number, seal, null));
                break;
        }
    }

    private void Take(Commit commit)
    {
        if (commit.Work == _prepared)
        {
            _before = Copy;
            (Version, _prepared, _last) = (Version + 1, null, commit);
            SetState();
            Own = SaysOf(commit.Work, Said.Step, Number, Own!.Value);
            Copy = Copy is { } copy ? SaysOf(commit.Work, Said.StepOfCopy, _copyOf!.Value, copy) : null;
        }

        if (_last?.Work != commit.Work) return;
        Tell(new Committed(
            commit.Work, Number, SaysOf(commit.Work, Said.Digest, Number, Own!.Value),
            Copy is { } held ? SaysOf(commit.Work, Said.DigestOfCopy, _copyOf!.Value, held) : null, NotFinite,
            _rules.IsRefereed ? NotFiniteOf(_copyOf!.Value) : null));
    }

    private void State(BeginPass begin)
    {
        _rulings = Rulings.Later(_rulings, begin.Rulings);
        _vouched = begin.Vouched;
        _played = Plays(begin);
        if (_played is null) return;
        _prepared = begin.Work;
        Tell(new Prepared(begin.Work, Number, Report(Number)!, Report(_copyOf), null, ""));
        Send((new PassStated(begin.Work, Changes(begin.Work, _played.StatementOf(Number)), []), Detector));
    }

    // The referee hashes what is shown.
    private void Show(ShowExhibits order)
    {
        if (order.Work.Ballot != _promised || _played is null) return;
        var shown = order.Exhibits.Select(key => (Key: key, Has: Exhibit(key))).Where(shown => shown.Has is not null && !Hides(shown.Key)).ToArray();
        Tell(new ExhibitsListed(order.Work, Number, [.. shown.Select(one => one.Key)]));
        foreach (var (key, has) in shown)
        {
            var claim = Says(new Saying(order.Work, Number, Seat, Said.Shown, key.Block), has!.Value);
            Send((new ExhibitHashed(order.Work, new ShownExhibit(Number, key, claim)), ActorRefs.Nobody));
        }
    }

    private Claim? Exhibit(ExhibitKey key) => key.Kind switch
    {
        ExhibitKind.State => (key.Block == Number ? Own : Copy) is { } state ? Claim.OfState(state) : null,
        ExhibitKind.StateBefore => _before is { } before ? Claim.OfState(before) : null,
        _ => _played!.Exhibit(Number, key),
    };

    private void Give(SendBlock order)
    {
        var state = SaysOf(order.Work, Said.Given, order.Block, (order.Block == Number ? Own : Copy)!.Value);
        var shown = new ShownExhibit(Number, new ExhibitKey(order.Block, ExhibitKind.State), Claim.OfState(state));
        if (order.Receiver.Equals(_rules.Server)) Send((new ExhibitHashed(order.Work, shown), ActorRefs.Nobody));
        else Tell(new MovedBlock(order, state));
    }

    /// <summary>The digest that it reports of a block that it was sent.</summary>
    public UInt128 Received(SendBlock order, UInt128 state) => SaysOf(order.Work, Said.Received, order.Block, state);

    private UInt128 SaysOf(StepId work, Said what, int block, UInt128 state) => Says(new Saying(work, Number, Seat, what, block), Claim.OfState(state)).High;

    private void Prepare(StepId work)
    {
        Check(work, Direction.Backward);
        _prepared = work;
        Tell(new Prepared(work, Number, Report(Number)!, Report(_copyOf), Number == _rules.Plan.Stages - 1 ? Numbers.Loss(work.Iteration) : null, ""));
    }

    private HolderReport? Report(int? block) => block is { } held ? new HolderReport(held, [Gradient(held)], (UInt128)Gradient(held)) : null;

    private void Check(StepId work, Direction direction)
    {
        if (_rules.PassWithout([]).Checks(_rules.Detector, direction, Number))
            Send((new PassChecked(work, direction, Number, Finds(work, direction, Number), []), Detector));
    }

    /// <summary>Takes a block, unless a later server has begun meanwhile.</summary>
    public bool Restore(SendBlock order, UInt128 state)
    {
        if (order.Work.Ballot != _promised) return false;
        if (order.Block == Number) Own = state;
        else Copy = state;
        return true;
    }

    /// <summary>The digest of a block at a version if nothing fails.</summary>
    public static UInt128 Digest(long version, int block) => (UInt128)((100 * version) + block);

    private void SetState()
    {
        Own = Digest(Version, Number);
        Copy = _copyOf is { } block ? Digest(Version, block) : null;
    }

    private void Tell(object message) => Send((Tells(message), Address));
}
