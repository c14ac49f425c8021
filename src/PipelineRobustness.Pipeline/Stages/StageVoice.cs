using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>What a stage says in a pass: the stage's behaviour may say something else than the stage has computed.</summary>
internal sealed class StageVoice(StepId work, int stage, IStageBehaviour behaviour, IStageOutlet outlet)
{
    /// <summary>What the behaviour records about the pass.</summary>
    public string Note => behaviour.Note(work.Iteration, work.Attempt, stage);

    public SendContext Context(Direction direction, int microBatch, Link link) =>
        new(work.Iteration, work.Attempt, work.Pass, microBatch, direction, stage, link, Memory: outlet.Memory)
        {
            Seat = outlet.Seat,
            FollowsRecovery = work.FollowsRecovery,
        };

    /// <summary>Lends the behaviour what a block is about to work on.</summary>
    public void Receive(Direction direction, int microBatch, Link link, Tensor input) => behaviour.Receive(Context(direction, microBatch, link), input);

    /// <summary>The labels to train on in place of some that are given away.</summary>
    public Tensor Label(int microBatch, Tensor honest)
    {
        var label = behaviour.Label(new HeldContext(work.Iteration, work.Attempt, stage, outlet.Seat, stage), microBatch, honest);
        if (!ReferenceEquals(label, honest)) honest.Dispose();
        return label;
    }

    /// <summary>Whether a tensor is withheld.</summary>
    public bool Withholds(TensorSent message) => behaviour.Withholds(Context(message, message.Link));

    /// <summary>What is sent in place of a message, whose tensors are given away.</summary>
    public TensorSent Say(TensorSent honest) => honest with
    {
        Value = Say(Context(honest, honest.Link), honest.Value),
        Enclosed = honest.Enclosed is null ? null : Say(Context(honest, Link.Enclosure), honest.Enclosed),
    };

    /// <summary>What is said in place of a tensor that is given away.</summary>
    public Tensor Say(SendContext context, Tensor honest)
    {
        var said = behaviour.Send(context, honest) ?? throw new StageException($"{work}: the behaviour of stage {stage} gave no tensor to send");
        if (!ReferenceEquals(said, honest)) honest.Dispose();
        return said;
    }

    /// <summary>What is reported about a block's summed gradient.</summary>
    /// <param name="held">The block.</param>
    /// <param name="loss">The sum of the losses, of the last block; else null.</param>
    public ReportedSums Report(IHeldBlock held, double? loss)
    {
        var honest = held.Report();
        return behaviour.Report(
            new HeldContext(work.Iteration, work.Attempt, stage, outlet.Seat, held.Index), new ReportedSums(honest.SquaredNorms, honest.Digest, loss));
    }

    private SendContext Context(TensorSent message, Link link) => Context(message.Direction, message.MicroBatch, link);
}
