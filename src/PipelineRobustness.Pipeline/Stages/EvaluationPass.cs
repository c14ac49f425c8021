using System.Collections.Immutable;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>One stage's part of an evaluation round: forward without autograd, between neighbours only; what a stage sends is not tampered with.</summary>
internal sealed class EvaluationPass(
    BeginPass begin, int stage, StageSetup setup, BlockRunner own, IStageOutlet outlet) : IStagePass
{
    private readonly Inbox _inbox = new();
    private readonly TensorAdmission _admission = new(setup.Plan, setup.Ports.Device);
    private readonly ImmutableArray<double>.Builder _sums = ImmutableArray.CreateBuilder<double>();
    private int _next = begin.FirstMicroBatch;
    private long _targets;

    public bool Finished => _next == begin.FirstMicroBatch + begin.MicroBatches;

    public string Next => $"evaluation, micro-batch {_next}";

    public string? Missing =>
        stage == 0 || Finished || _inbox.Peek(Direction.Forward, Link.Neighbour, _next) is not null
            ? null : $"the activation of evaluation micro-batch {_next} from stage {stage - 1}";

    private bool Expects(TensorSent message) => message is { Direction: Direction.Forward, Link: Link.Neighbour } && message.From == stage - 1
        && message.MicroBatch >= begin.FirstMicroBatch && message.MicroBatch < begin.FirstMicroBatch + begin.MicroBatches;

    private bool IsLast => stage == setup.Plan.Stages - 1;

    // What is sent in an evaluation is believed, but not that it has the shape that a block can work on.
    public void Deliver(TensorSent message)
    {
        if (!Expects(message)) message.Dispose();
        else _inbox.Put(message with { Value = _admission.AdmitActivation(message.Value, setup.Data.Evaluation.ShapeOf(message.MicroBatch)) });
    }

    public void Deliver(Inspected outcome)
    {
    }

    public void OpenGate()
    {
    }

    public void Advance()
    {
        using (var scope = NewDisposeScope())
        using (no_grad())
        {
            using var input = stage == 0
                ? setup.ToDevice(setup.Data.Evaluation.Inputs(_next))
                : _inbox.Take(Direction.Forward, Link.Neighbour, _next).Value;
            var output = own.Trainer.Block.Forward(input);
            if (IsLast) Sum(output);
            else outlet.Send(new TensorSent(
                begin.Work, Direction.Forward, Link.Neighbour, _next, stage, stage + 1,
                output.DetachFromDisposeScope(), false, null));
        }

        _next++;
        if (Finished && IsLast) outlet.Report(new EvaluationSums(begin.Work, _sums.DrainToImmutable(), _targets));
    }

    public void Dispose() => _inbox.Dispose();

    private void Sum(Tensor logits)
    {
        using var targets = setup.ToDevice(setup.Data.Evaluation.Targets(_next));
        _sums.AddRange(CrossEntropy.SumPerWindow(logits, targets));
        _targets += targets.numel();
    }
}
