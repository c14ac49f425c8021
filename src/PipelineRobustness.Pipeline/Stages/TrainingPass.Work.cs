using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>The tasks themselves.</content>
internal sealed partial class TrainingPass
{
    private void CopyForward(int m)
    {
        var block = _plan.CopyWorkedBy(_stage)!.Value;
        var sent = _inbox.Peek(Direction.Forward, Link.Neighbour, m)!;
        var value = _copy!.Forward(m, CopyInput(m, sent), block == Last ? Targets(m) : null);       // [1]
        if (Compares) Inspect(Direction.Forward, m, block, sent.Value, value);
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
        var convicts = ChecksForward && _inbox.Rejected(Direction.Forward, m)!.Value;
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
        if (sent.Rejected)
        {
            _outlet.Check(new InspectionSkipped(_work, Direction.Backward, m, _outlet.Detector.Backward));
            _inbox.Put(new Inspected(_work, Direction.Backward, m, false));
            return;
        }

        var jumped = _inbox.Peek(Direction.Backward, Link.Jump, m)!;
        Inspect(Direction.Backward, m, sent.From, sent.Value, jumped.Value);                           // [3]
    }

    private void Backward(int m)
    {
        var convicts = ChecksBackward && _inbox.Rejected(Direction.Backward, m)!.Value;
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
        if (!Compares)
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
        _setup.Ports.Behaviour.BeforePrepared(_work.Iteration, _stage);
        _outlet.Report(new Prepared(
            _work, _stage, _own.Report(), _copy?.Report(), _stage == Last ? _loss : null, Note));
        Finished = true;
    }
}
