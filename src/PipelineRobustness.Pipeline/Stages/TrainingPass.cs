using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// One stage's part of a training pass. With k this stage, p and s its neighbours in the pass, [1] to [5] in the code:
/// <code>
///        a[p-1] (jump) ──► copy of block p ──► a'[p]                       [1]
///        a[p] (from p) ─────────────────────────┴─ compare ──► block k ──► a[k] to s, and as a jump past s    [2]
///   g[k] from s ──┐
///   g'[k] (jump) ─┴─ compare [3] ──► block k backward [4] ──► g[k-1] to p
///                                      └──► copy of block p backward [5] ──► g'[p-1] as a jump past p
/// </code>
/// </summary>
internal sealed partial class TrainingPass : IStagePass
{
    private readonly StepId _work;
    private readonly int _stage;
    private readonly StageSetup _setup;
    private readonly PassPlan _plan;
    private readonly BlockRunner _own;
    private readonly BlockRunner? _copy;
    private readonly IStageOutlet _outlet;
    private readonly TiedExchange _tied;
    private readonly TensorAdmission _admission;
    private readonly Inbox _inbox = new();
    private readonly Queue<StageTask> _tasks;
    private readonly Dictionary<int, Tensor> _copyValues = [];
    private readonly Dictionary<int, Tensor> _inputGradients = [];
    private readonly StageShare _share;
    private readonly IDetector? _detector;
    private readonly StageVoice _voice;

    // Only where there is a referee.
    private readonly PassTestimony? _testimony;
    private double _loss;

    // That of the last block's copy.
    private double _copyLoss;

    public TrainingPass(
        BeginPass begin, int stage, StageSetup setup, BlockRunner own, BlockRunner? copy, IStageOutlet outlet)
    {
        _work = begin.Work;
        _stage = stage;
        _setup = setup;
        _plan = setup.PassWithout(begin.Skipped);
        _own = own;
        _copy = _plan.CopyComputedBy(stage) is null ? null : copy;
        _outlet = outlet;
        _detector = setup.Detector;
        _tied = new TiedExchange(stage, new TiedRoute(_plan, stage, setup.Plan), own.Trainer, _copy?.Trainer);
        _admission = new TensorAdmission(setup.Plan, setup.Ports.Device);
        _share = StageShare.Of(_plan, stage, begin.MicroBatches, _detector, begin.Kind == PassKind.Gated);
        _tasks = new(setup.Plan.Schedule.Program(_share));
        _voice = new StageVoice(_work, stage, setup.Ports.Behaviour, outlet);
        if (setup.Remedy.IsRefereed) _testimony = new PassTestimony(_work, setup.Ring, stage, _voice, outlet);
    }

    public bool Finished { get; private set; }

    public string Next => _tasks.TryPeek(out var task) ? task.ToString() : "the tied matrix's gradient";

    public string? Missing => _tasks.TryPeek(out var task) ? Lacks(task) : _tied.Missing(_inbox);

    // Whether copies are computed for comparison, and not only kept for recovery.
    private bool Compares => _detector is { NeedsCopy: true };

    // Where there is a referee, the loss is only claimed: the holder of the last block's copy compares it with nothing.
    private bool SendsNoLoss => _testimony is not null;

    private bool IsAtGate => _tasks.TryPeek(out var task) && task.Kind == StageTaskKind.Gate;

    private int First => _plan.Chain[0];

    private int Last => _plan.Chain[^1];

    public void Deliver(TensorSent message)
    {
        if (_testimony is not null) message = message.WithValueAlone();
        if (_testimony?.Expects(message) == false)
        {
            message.Dispose();
            return;
        }

        _testimony?.Came(message);
        _inbox.Put(_admission.Admit(message));
    }

    public void Deliver(Inspected outcome) => _inbox.Put(outcome);

    public void OpenGate()
    {
        if (IsAtGate) _tasks.Dequeue();
    }

    public void Advance()
    {
        if (!_tasks.TryPeek(out var task))
        {
            Prepare();
            return;
        }

        _setup.Ports.Behaviour.BeforeWork(WorkContext.Of(_work, task.MicroBatch, task.Direction, _stage, BlockOf(task.Kind)));
        Do(task);
        _tasks.Dequeue();
        if (_tasks.Count == 0) _tied.Send(Send, _work);
        else if (IsAtGate) _outlet.Report(new ForwardDone(_work, _stage, _voice.Note));
    }

    public void Dispose()
    {
        _inbox.Dispose();
        _tied.Dispose();
        foreach (var tensor in _copyValues.Values.Concat(_inputGradients.Values)) tensor.Dispose();
    }

    private void Do(StageTask task)
    {
        switch (task.Kind)
        {
            case StageTaskKind.CopyForward: CopyForward(task.MicroBatch); break;
            case StageTaskKind.CheckForward: CheckForward(task.MicroBatch); break;
            case StageTaskKind.Forward: Forward(task.MicroBatch); break;
            case StageTaskKind.CheckBackward: CheckBackward(task.MicroBatch); break;
            case StageTaskKind.Backward: Backward(task.MicroBatch); break;
            case StageTaskKind.CopyBackward: CopyBackward(task.MicroBatch); break;
        }
    }

    private int? BlockOf(StageTaskKind kind) => kind switch
    {
        StageTaskKind.CheckForward or StageTaskKind.CheckBackward => null,
        StageTaskKind.CopyForward or StageTaskKind.CopyBackward => _plan.CopyComputedBy(_stage),
        _ => _stage,
    };

    private Tensor Tokens(int m) => _setup.ToDevice(_setup.Data.Training.Inputs(_work.Iteration, m));

    private Tensor Targets(int m) => _setup.ToDevice(_setup.Data.Training.Targets(_work.Iteration, m));

    private void SendForward(Link link, int m, int? to, Tensor value, bool rejected, Tensor? enclosed)
    {
        var message = new TensorSent(
            _work, Direction.Forward, link, m, _stage, to ?? _stage, value, rejected, enclosed);
        if (to is null) message.Dispose();
        else Send(message);
    }

    private void Send(TensorSent message)
    {
        var onlyClaimed = SendsNoLoss && message is { Direction: Direction.Forward } && _stage == Last;
        if (!onlyClaimed && _voice.Withholds(message))
        {
            message.Dispose();
            return;
        }

        var said = _voice.Say(message);
        _testimony?.Sent(said);
        if (onlyClaimed) said.Dispose();
        else _outlet.Send(said);
    }

    // The detector may get a tampered reference; the stage continues with its own value.
    private void Inspect(Direction direction, int m, int suspect, Tensor received, Tensor? computed)
    {
        var context = _voice.Context(direction, m, Link.Comparison) with { Judged = suspect };
        var reference = computed is null ? null : _voice.Say(context, computed.Share());
        _outlet.Check(new Inspect(_work, direction, m, suspect, received.Share(), reference, _outlet.Detector.In(direction)));
    }
}
