using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Sends the truth, and states that it was something else.</summary>
public sealed record FalseClaim : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "false-claim";

    /// <summary>
    /// What is sent: an activation (of the last stage, the loss) forward, a gradient backward, or, for the sum, an end's part of the tied
    /// matrix's gradient.
    /// </summary>
    [Setting<PassActs>]
    public Act Act { get; init; } = Act.Forward;

    /// <inheritdoc/>
    public override bool NeedsTiedMatrix => Act == Act.Sum;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => Act == Act.Forward || Places.Sends(Act, stage, stages);

    /// <inheritdoc/>
    public override Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Part is StatementPart.Sent or StatementPart.TiedPart && Acts.Of(context) == Act ? Other(honest, key) : honest;
    }
}
