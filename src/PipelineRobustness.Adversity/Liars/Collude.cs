using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>
/// Sends something false over every connection and states it, and the stage behind states that its copy gave the same. Backward its own
/// copy works on what it sends, as the receiver's block does.
/// </summary>
public sealed record Collude : Liar
{
    /// <inheritdoc/>
    public override string Kind => "collude";

    /// <summary>What is sent: an activation (of the last stage, the loss) forward, or a gradient backward.</summary>
    [Setting<WayActs>]
    public Act Act { get; init; } = Act.Forward;

    /// <inheritdoc/>
    public override bool IsCovered => true;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => Act == Act.Forward || Places.Sends(Act, stage, stages);

    /// <summary>The same wherever it is asked: what is sent, what both stages state.</summary>
    public override Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        var isSaid = context.Link is Link.Neighbour or Link.Jump or Link.OwnCopy || context.Part == StatementPart.Sent;
        return isSaid && Acts.Of(context) == Act ? Other(honest, key) : honest;
    }
}
