using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>The paper's forward attack: -a in place of the activation a.</summary>
[Drawn(Direction.Forward)]
public sealed record SignFlip : Attack
{
    /// <inheritdoc/>
    public override string Kind => "sign-flip";

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return honest.neg().DetachFromDisposeScope();
    }
}
