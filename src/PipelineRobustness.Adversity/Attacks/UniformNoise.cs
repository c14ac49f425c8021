using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>The forward variant in the paper's code: uniform noise of [0, 1) in place of the activation.</summary>
public sealed class UniformNoise : IAttack
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public Direction Direction => Direction.Forward;

    /// <inheritdoc/>
    public Tensor Lie(Tensor honest, ulong key) => Noise.Like(honest, SeededRandom.Uniform(key, honest.shape));
}
