using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>The tasks themselves.</content>
internal sealed partial class TrainingPass
{
    private void CopyForward(int m)
    {
        var block = _plan.CopyComputedBy(_stage)!.Value;
        var sent = _inbox.Peek(Direction.Forward, Link.Neighbour, m);
        var value = _copy!.Forward(m, CopyInput(m, sent?.Enclosed), block == Last ? Targets(m) : null);     // [1]
        if (Compares) Inspect(Direction.Forward, m, block, sent!.Value, value);
        if (_testimony is not null)
        {
            if (block == Last) _copyLoss += value.item<float>();
            _testimony.Copy(Direction.Forward, m, value);
        }

        if (AwaitsForward && _setup.Remedy.KeepsCopyValues) _copyValues.Add(m, value);
        else value.Dispose();
        if (block > _stage) _inbox.Discard(Direction.Forward, Link.Neighbour, m);
    }

    // A suspect's jump is void: the value that the checking stage continued with replaces it.
    private Tensor CopyInput(int m, Tensor? enclosed)
    {
        if (_plan.JumpSource(_stage) is null) return Tokens(m);
        if (enclosed is not null) return enclosed.Share();
        return _inbox.Take(Direction.Forward, Link.Jump, m).Value;
    }

    private void CheckForward(int m)
    {
        var sent = _inbox.Peek(Direction.Forward, Link.Neighbour, m)!;
        Inspect(Direction.Forward, m, sent.From, sent.Value, null);
    }

    private void Forward(int m)
    {
        var rejected = AwaitsForward && _inbox.Rejected(Direction.Forward, m)!.Value;
        var input = _stage == First ? Tokens(m) : AcceptedActivation(m, rejected);
        if (_stage != First) _voice.Receive(Direction.Forward, m, Link.Neighbour, input);
        var enclosed = rejected ? input.Share() : null;
        var output = _own.Forward(m, input, _stage == Last ? _voice.Label(m, Targets(m)) : null);    // [2]
        if (_stage == Last)
        {
            _loss += output.item<float>();
            SendForward(Link.Neighbour, m, SendsNoLoss ? _stage : _plan.CopyHolderOf(Last), output, rejected, enclosed);
            return;
        }

        var jump = output.Share();
        SendForward(Link.Neighbour, m, _plan.Successor(_stage), output, rejected, enclosed);
        SendForward(Link.Jump, m, _plan.JumpPartner(_stage), jump, false, null);
    }

    private Tensor AcceptedActivation(int m, bool rejected)
    {
        var sent = _inbox.Take(Direction.Forward, Link.Neighbour, m);
        sent.Enclosed?.Dispose();
        return Accepted(rejected, sent.Value, _copyValues.Remove(m, out var computed) ? computed : null);
    }

    // The value that the stage continues with; the other one is disposed of.
    private Tensor Accepted(bool rejected, Tensor sent, Tensor? computed)
    {
        var accepted = rejected ? _setup.Remedy.InPlaceOf(sent, computed) : sent;
        if (!ReferenceEquals(accepted, sent)) sent.Dispose();
        if (!ReferenceEquals(accepted, computed)) computed?.Dispose();
        return accepted;
    }

    private void CheckBackward(int m)
    {
        var sent = _inbox.Peek(Direction.Backward, Link.Neighbour, m)!;
        if (!Compares)
        {
            Inspect(Direction.Backward, m, sent.From, sent.Value, null);
            return;
        }

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
        var rejected = AwaitsBackward && _inbox.Rejected(Direction.Backward, m)!.Value;
        var given = _stage == Last ? null : AcceptedGradient(m, rejected);
        if (given is not null) _voice.Receive(Direction.Backward, m, Link.Neighbour, given);
        var gradient = _own.Backward(m, given);                                                      // [4]
        if (gradient is null) return;
        if (_copy is not null && _plan.CopyComputedBy(_stage) < _stage)
        {
            var kept = _voice.Say(_voice.Context(Direction.Backward, m, Link.OwnCopy), gradient.Share());
            _inputGradients.Add(m, kept);
            _testimony?.Given(m, kept);
        }

        Send(new TensorSent(
            _work, Direction.Backward, Link.Neighbour, m, _stage, _plan.Predecessor(_stage)!.Value,
            gradient, rejected, null));
    }

    private Tensor AcceptedGradient(int m, bool rejected)
    {
        var sent = _inbox.Take(Direction.Backward, Link.Neighbour, m).Value;
        var jumped = _inbox.Peek(Direction.Backward, Link.Jump, m) is null ? null : _inbox.Take(Direction.Backward, Link.Jump, m).Value;
        return Accepted(rejected, sent, jumped);
    }

    private void CopyBackward(int m)
    {
        _inputGradients.Remove(m, out var gradient);
        if (gradient is not null) _voice.Receive(Direction.Backward, m, Link.Jump, gradient);
        var jumping = _copy!.Backward(m, gradient);                                                  // [5]
        if (jumping is null) return;
        _testimony?.Copy(Direction.Backward, m, jumping);
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
        if (_testimony is not null)
        {
            using var copyPart = _tied.TakeCopyPart();
            _testimony.Tied(copyPart, _tied.OwnPart);
        }

        _tied.Combine(_inbox);
        _setup.Ports.Behaviour.BeforePrepared(_work.Iteration, _stage);
        var own = _voice.Report(_own, _stage == Last ? _loss : null);
        var copy = _copy is null ? null : _voice.Report(_copy, _copy.Index == Last ? _copyLoss : null);
        _testimony?.Sums(own, copy);
        _outlet.Report(new Prepared(_work, _stage, Of(_own, own), copy is null ? null : Of(_copy!, copy), own.Loss, _voice.Note));
        Finished = true;
    }

    private static HolderReport Of(BlockRunner held, ReportedSums sums) => new(held.Index, sums.SquaredNorms, sums.Digest);
}
