using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Which of a stage's two connections.</summary>
public enum Connection
{
    /// <summary>To the neighbour.</summary>
    Neighbour,

    /// <summary>The jump.</summary>
    Jump,
}

/// <summary>Sends something false over one connection, and states that it was the truth.</summary>
public sealed record Equivocate : Liar
{
    /// <inheritdoc/>
    public override string Kind => "equivocate";

    /// <summary>What is sent: an activation forward, a gradient backward, or, for the sum, an end's part of the tied matrix's gradient.</summary>
    [Setting<PassActs>]
    public Act Act { get; init; } = Act.Forward;

    /// <summary>Over which connection; only an activation takes the jump.</summary>
    [Setting]
    public Connection Over { get; init; }

    /// <inheritdoc/>
    public override bool NeedsCopies => Over == Connection.Jump;

    /// <inheritdoc/>
    public override bool NeedsTiedMatrix => Act == Act.Sum;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => Places.Sends(Act, stage, stages);

    /// <inheritdoc/>
    public override OptionError? Contradiction => Acts.Contradiction(Act, Over);

    /// <inheritdoc/>
    public override Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(honest);
        ArgumentNullException.ThrowIfNull(memory);
        if (Acts.Of(context) != Act) return honest;
        if (context.Part is StatementPart.Sent or StatementPart.TiedPart)
            return memory.Recall(context.MicroBatch) is { } truth ? truth.alias().DetachFromDisposeScope() : honest;
        if (context.Link != Way) return honest;
        // It is asked to state what it sent to its neighbour, or to the other end.
        if (context.Link != Link.Jump) memory.Keep(context.MicroBatch, honest);
        return Other(honest, key);
    }

    private Link Way => Act == Act.Sum ? Link.Tied : Over == Connection.Jump ? Link.Jump : Link.Neighbour;
}
