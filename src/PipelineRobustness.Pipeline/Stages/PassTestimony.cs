using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// What a stage hands to its witness during a pass, and keeps for a hearing. Every tensor is handed over as a handle of its own, and
/// by way of the stage's behaviour.
/// </summary>
internal sealed class PassTestimony(StepId work, Ring ring, int stage, StageVoice voice, IStageOutlet outlet)
{
    // Named only where there are copies.
    private readonly int _copied = ring.CopiedBy(stage);
    private readonly ImmutableHashSet<StageLink> _links = [.. ring.Links.Where(link => link.To == stage)];

    /// <summary>Whether a tensor is one of those that are stated: another would be kept for nothing.</summary>
    public bool Expects(TensorSent message) =>
        _links.Contains(StageLink.Of(message)) && message.MicroBatch >= 0 && message.MicroBatch < (message.Link == Link.Tied ? 1 : ring.MicroBatches);

    /// <summary>What came, as it came: before it is known whether it has the expected shape.</summary>
    public void Came(TensorSent message)
    {
        var (direction, m, value) = (message.Direction, message.MicroBatch, message.Value);
        switch (direction, message.Link)
        {
            case (Direction.Forward, Link.Neighbour):
                State(direction, m, StatementPart.Came, value);
                Keep(stage, ExhibitKind.Input, m, value);
                break;
            case (Direction.Forward, Link.Jump):
                State(direction, m, StatementPart.Jumped, value);
                Keep(_copied, ExhibitKind.Input, m, value);
                break;
            case (Direction.Backward, Link.Neighbour):
                State(direction, m, StatementPart.Came, value);
                Keep(stage, ExhibitKind.Gradient, m, value);
                break;
            case (Direction.Backward, Link.Tied):
                State(direction, m, StatementPart.OtherPart, value);
                Keep(ring.HasTiedPart(stage) ? stage : _copied, ExhibitKind.OtherPart, 0, value);
                break;
        }
    }

    /// <summary>What went. A stage says the same to all, so that one claim does: what its neighbour or, of the tied part, the other end was sent.</summary>
    public void Sent(TensorSent message)
    {
        if (message.Link == Link.Neighbour) State(message.Direction, message.MicroBatch, StatementPart.Sent, message.Value);
        else if (message.Link == Link.Tied && ring.HasTiedPart(message.To)) State(message.Direction, 0, StatementPart.TiedPart, message.Value);
    }

    /// <summary>What the copy gave.</summary>
    public void Copy(Direction direction, int microBatch, Tensor value) => State(direction, microBatch, StatementPart.Copy, value);

    /// <summary>The gradient that the stage computed and gave to its copy.</summary>
    public void Given(int microBatch, Tensor gradient) => Keep(_copied, ExhibitKind.Gradient, microBatch, gradient);

    /// <summary>The parts of the tied matrix's gradient, before they are added: the copy's, and what the stage adds to it.</summary>
    public void Tied(Tensor? copyPart, Tensor? ownPart)
    {
        if (copyPart is not null) State(Direction.Backward, 0, StatementPart.CopyTiedPart, copyPart);
        if (ownPart is not null && ring.HasCopies && ring.HasTiedPart(_copied)) Keep(_copied, ExhibitKind.OtherPart, 0, ownPart);
    }

    /// <summary>What the stage added up: its last word.</summary>
    public void Sums(ReportedSums own, ReportedSums? copy) => outlet.Witness(new SumsWitnessed(work, own, copy));

    private void State(Direction direction, int m, StatementPart part, Tensor value) => outlet.Witness(new Witnessed(
        work, direction, part, m, voice.Say(voice.Context(direction, m, Link.Statement) with { Part = part }, value.Share())));

    private void Keep(int block, ExhibitKind kind, int m, Tensor value) => outlet.Keep(new ExhibitKey(block, kind, m), value);
}
