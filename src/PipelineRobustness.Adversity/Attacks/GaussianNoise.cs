using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>The paper's backward attack: noise of N(0, 1) in place of the gradient.</summary>
public sealed class GaussianNoise : IAttack
{
    /// <inheritdoc/>
    public string Name => "gaussian";

    /// <inheritdoc/>
    public Direction Direction => Direction.Backward;

    /// <inheritdoc/>
    public Tensor Lie(Tensor honest, ulong key) => Noise.Like(honest, SeededRandom.Normal(key, honest.shape));
}
