using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// One stage's share of a training pass. With k this stage, p and s its neighbours in the pass, [1] to [5] in the code:
/// <code>
///        a[p-1] (jump) ──► copy of block p ──► a'[p]                       [1]
///        a[p] (from p) ─────────────────────────┴─ compare ──► block k ──► a[k] to s, and over s's head    [2]
///   g[k] from s ──┐
///   g'[k] (jump) ─┴─ compare [3] ──► block k backward [4] ──► g[k-1] to p
///                                      └──► copy of block p backward [5] ──► g'[p-1] over p's head
/// </code>
/// </summary>
internal sealed class TrainingPass : IStagePass
{
    private readonly WorkId _work;
    private readonly int _stage;
    private readonly StageSetup _setup;
    private readonly PassPlan _plan;
    private readonly BlockWork _own;
    private readonly BlockWork? _copy;
    private readonly IStageOutlet _outlet;
    private readonly TiedExchange _tied;
    private readonly Inbox _inbox = new();
    private readonly Queue<StageTask> _tasks;
    private readonly Queue<StageTask> _backward;
    private readonly Dictionary<int, Tensor> _copyValues = [];
    private readonly Dictionary<int, Tensor> _inputGradients = [];
    private readonly bool _compares;
    private bool _gateOpen;
    private double _loss;

    public TrainingPass(
        BeginPass begin, int stage, StageSetup setup, BlockWork own, BlockWork? copy, IStageOutlet outlet)
    {
        _work = begin.Work;
        _stage = stage;
        _setup = setup;
        _plan = new PassPlan(setup.Plan.Stages, setup.Plan.Copies, begin.Skipped);
        _own = own;
        _copy = _plan.CopyWorkedBy(stage) is null ? null : copy;
        _outlet = outlet;
        _compares = setup.Remedy.Compares;
        _gateOpen = begin.Kind == PassKind.Whole;
        _tied = new TiedExchange(_plan, stage, setup.Plan, own.Trainer, _copy?.Trainer);
        _tasks = new(StageProgram.Forward(_plan, stage, begin.MicroBatches));
        _backward = new(StageProgram.Backward(_plan, stage, begin.MicroBatches, _compares));
    }

    public bool Finished { get; private set; }

    public string Next => _tasks.TryPeek(out var task) ? task.ToString()
        : _gateOpen ? "the tied matrix's gradient" : "the server's word to go backward";

    public string? Missing
    {
        get
        {
            if (_tasks.TryPeek(out var task)) return Lacks(task);
            return _gateOpen ? _tied.Missing(_inbox) : "the server's word to go backward";
        }
    }

    private int First => _plan.Chain[0];

    private int Last => _plan.Chain[^1];

    public void Deliver(TensorSent message) => _inbox.Put(message);

    public void Deliver(Compared outcome) => _inbox.Put(outcome);

    public void OpenGate()
    {
        if (_gateOpen) return;
        _gateOpen = true;
        EnterBackward();
    }

    public void Advance()
    {
        if (!_tasks.TryDequeue(out var task))
        {
            Prepare();
            return;
        }

        _setup.Ports.Behaviour.BeforeWork(
            new WorkContext(_work.Iteration, _work.Try, _work.Replay, task.MicroBatch, task.Direction, _stage));
        Do(task);
        if (_tasks.Count == 0 && task.Direction == Direction.Forward) EndForward();
        else if (_tasks.Count == 0) _tied.Send(Send, _work);
    }

    public void Dispose()
    {
        _inbox.Dispose();
        _tied.Dispose();
        foreach (var tensor in _copyValues.Values.Concat(_inputGradients.Values)) tensor.Dispose();
    }

    private void EndForward()
    {
        if (_gateOpen) EnterBackward();
        else _outlet.Report(new ForwardDone(_work, _stage));
    }

    private void EnterBackward()
    {
        while (_backward.TryDequeue(out var task)) _tasks.Enqueue(task);
    }

    private void Do(StageTask task)
    {
        switch (task.Kind)
        {
            case StageTaskKind.CopyForward: CopyForward(task.MicroBatch); break;
            case StageTaskKind.Forward: Forward(task.MicroBatch); break;
            case StageTaskKind.CheckBackward: CheckBackward(task.MicroBatch); break;
            case StageTaskKind.Backward: Backward(task.MicroBatch); break;
            case StageTaskKind.CopyBackward: CopyBackward(task.MicroBatch); break;
        }
    }

    // What a task lacks, in words, or null.
    private string? Lacks(StageTask task)
    {
        var m = task.MicroBatch;
        return task.Kind switch
        {
            StageTaskKind.CopyForward => LacksActivation(m, _plan.CopyWorkedBy(_stage)!.Value) ?? LacksJump(m),
            StageTaskKind.Forward when _stage == First => null,
            StageTaskKind.Forward => LacksActivation(m, _plan.Predecessor(_stage)!.Value)
                ?? (ChecksForward ? LacksAnswer(Direction.Forward, m) : null),
            StageTaskKind.CheckBackward => LacksGradient(m) ?? LacksJumpedGradient(m),
            StageTaskKind.Backward when _stage == Last => null,
            StageTaskKind.Backward => LacksGradient(m) ?? (ChecksBackward ? LacksAnswer(Direction.Backward, m) : null),
            _ => null,
        };
    }

    private bool ChecksForward =>
        _compares && _plan.CopyWorkedBy(_stage) is { } block && block == _plan.Predecessor(_stage);

    private bool ChecksBackward => _compares && _plan.JumpPartner(_stage) is not null;

    private string? LacksActivation(int m, int from) =>
        _inbox.Peek(Direction.Forward, Link.Neighbour, m) is null
            ? $"the activation of micro-batch {m} from stage {from}" : null;

    private string? LacksJump(int m) =>
        _plan.JumpSource(_stage) is { } from
        && !_inbox.Peek(Direction.Forward, Link.Neighbour, m)!.Convicts
        && _inbox.Peek(Direction.Forward, Link.Jump, m) is null
            ? $"the jumping activation of micro-batch {m} from stage {from}" : null;

    private string? LacksGradient(int m) =>
        _inbox.Peek(Direction.Backward, Link.Neighbour, m) is null
            ? $"the gradient of micro-batch {m} from stage {_plan.Successor(_stage)}" : null;

    private string? LacksJumpedGradient(int m) =>
        !_inbox.Peek(Direction.Backward, Link.Neighbour, m)!.Convicts
        && _inbox.Peek(Direction.Backward, Link.Jump, m) is null
            ? $"the jumping gradient of micro-batch {m} from stage {_plan.JumpPartner(_stage)}" : null;

    private string? LacksAnswer(Direction direction, int m) =>
        _inbox.Convicted(direction, m) is null ? $"the detector's answer on micro-batch {m}, {direction}" : null;

    private void CopyForward(int m)
    {
        var block = _plan.CopyWorkedBy(_stage)!.Value;
        var sent = _inbox.Peek(Direction.Forward, Link.Neighbour, m)!;
        var value = _copy!.Forward(m, CopyInput(m, sent), block == Last ? Targets(m) : null);       // [1]
        if (_compares)
        {
            _outlet.Check(new Compare(
                _work, Direction.Forward, m, block, sent.Value.Share(), value.Share()));
        }

        if (ChecksForward && _setup.Remedy.CopyTakesOver) _copyValues.Add(m, value);
        else value.Dispose();
        if (block > _stage) _inbox.Discard(Direction.Forward, Link.Neighbour, m);
    }

    // A convicted stage's jump is void: what the convicting stage went on with takes its place.
    private Tensor CopyInput(int m, TensorSent sent)
    {
        if (_plan.JumpSource(_stage) is null) return Tokens(m);
        if (sent.Enclosed is not null) return sent.Enclosed.Share();
        return _inbox.Take(Direction.Forward, Link.Jump, m).Value;
    }

    private void Forward(int m)
    {
        var convicts = ChecksForward && _inbox.Convicted(Direction.Forward, m)!.Value;
        var input = _stage == First ? Tokens(m) : Accepted(m, convicts);
        var enclosed = convicts ? input.Share() : null;
        var output = _own.Forward(m, input, _stage == Last ? Targets(m) : null);                     // [2]
        if (_stage == Last)
        {
            _loss += output.item<float>();
            SendForward(Link.Neighbour, m, _plan.CopyHolderOf(Last), output, convicts, enclosed);
            return;
        }

        var jump = output.Share();
        SendForward(Link.Neighbour, m, _plan.Successor(_stage), output, convicts, enclosed);
        SendForward(Link.Jump, m, _plan.JumpPartner(_stage), jump, false, null);
    }

    private Tensor Accepted(int m, bool convicted)
    {
        var sent = _inbox.Take(Direction.Forward, Link.Neighbour, m);
        sent.Enclosed?.Dispose();
        if (!_copyValues.Remove(m, out var copyValue)) return sent.Value;
        var (accepted, refused) = convicted ? (copyValue, sent.Value) : (sent.Value, copyValue);
        refused.Dispose();
        return accepted;
    }

    private void CheckBackward(int m)
    {
        var sent = _inbox.Peek(Direction.Backward, Link.Neighbour, m)!;
        if (sent.Convicts)
        {
            _outlet.Check(new NothingToCompare(_work, Direction.Backward, m));
            _inbox.Put(new Compared(_work, Direction.Backward, m, false));
            return;
        }

        var jumped = _inbox.Peek(Direction.Backward, Link.Jump, m)!;
        _outlet.Check(new Compare(                                                                   // [3]
            _work, Direction.Backward, m, sent.From, sent.Value.Share(), jumped.Value.Share()));
    }

    private void Backward(int m)
    {
        var convicts = ChecksBackward && _inbox.Convicted(Direction.Backward, m)!.Value;
        var gradient = _own.Backward(m, _stage == Last ? null : AcceptedGradient(m, convicts));     // [4]
        if (gradient is null) return;
        if (_copy is not null && _plan.CopyWorkedBy(_stage) < _stage) _inputGradients.Add(m, gradient.Share());
        Send(new TensorSent(
            _work, Direction.Backward, Link.Neighbour, m, _stage, _plan.Predecessor(_stage)!.Value,
            gradient, convicts, null));
    }

    private Tensor AcceptedGradient(int m, bool convicted)
    {
        var sent = _inbox.Take(Direction.Backward, Link.Neighbour, m).Value;
        if (!convicted || !_setup.Remedy.CopyTakesOver)
        {
            _inbox.Discard(Direction.Backward, Link.Jump, m);
            return sent;
        }

        sent.Dispose();
        return _inbox.Take(Direction.Backward, Link.Jump, m).Value;
    }

    private void CopyBackward(int m)
    {
        _inputGradients.Remove(m, out var gradient);
        var jumping = _copy!.Backward(m, gradient);                                                  // [5]
        if (jumping is null) return;
        if (!_compares)
        {
            jumping.Dispose();
            return;
        }

        Send(new TensorSent(
            _work, Direction.Backward, Link.Jump, m, _stage, _plan.JumpSource(_stage)!.Value, jumping, false, null));
    }

    private void Prepare()
    {
        _tied.Combine(_inbox);
        _outlet.Report(new Prepared(
            _work, _stage, _own.Report(), _copy?.Report(), _stage == Last ? _loss : null));
        Finished = true;
    }

    private Tensor Tokens(int m) => _setup.Data.Training.Inputs(_work.Iteration, m);

    private Tensor Targets(int m) => _setup.Data.Training.Targets(_work.Iteration, m);

    private void SendForward(Link link, int m, int? to, Tensor value, bool convicts, Tensor? enclosed)
    {
        var message = new TensorSent(
            _work, Direction.Forward, link, m, _stage, to ?? _stage, value, convicts, enclosed);
        if (to is null) message.Dispose();
        else Send(message);
    }

    private void Send(TensorSent message)
    {
        if (_setup.Ports.Behaviour.Withholds(Context(message, message.Link)))
        {
            message.Dispose();
            return;
        }

        _outlet.Send(message with
        {
            Value = Say(Context(message, message.Link), message.Value),
            Enclosed = message.Enclosed is null ? null : Say(Context(message, Link.Enclosure), message.Enclosed),
        });
    }

    private Tensor Say(SendContext context, Tensor honest)
    {
        var said = _setup.Ports.Behaviour.Send(context, honest);
        if (!ReferenceEquals(said, honest)) honest.Dispose();
        return said;
    }

    private SendContext Context(TensorSent message, Link link) =>
        new(_work.Iteration, _work.Try, _work.Pass, message.MicroBatch, message.Direction, _stage, link);
}
