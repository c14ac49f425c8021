using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>The paper's backward attack: noise of N(0, 1) in place of the gradient.</summary>
[Drawn(Direction.Backward)]
public sealed record GaussianNoise : Attack
{
    /// <inheritdoc/>
    public override string Kind => "gaussian";

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return Noise.Like(honest, context.Key);
    }
}
