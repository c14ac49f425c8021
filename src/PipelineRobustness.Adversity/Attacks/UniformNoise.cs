using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>The forward variant in the paper's code: uniform noise of [0, 1) in place of the activation.</summary>
[Drawn(Direction.Forward)]
public sealed record UniformNoise : Attack
{
    /// <inheritdoc/>
    public override string Kind => "uniform";

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return Noise.Like(honest, SeededRandom.Uniform(context.Key, honest.shape));
    }
}
