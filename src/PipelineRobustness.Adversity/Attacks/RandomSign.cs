using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>What was computed, with the sign of each number flipped with a probability.</summary>
public sealed record RandomSign : Attack
{
    /// <inheritdoc/>
    public override string Kind => "random-sign";

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <summary>The probability.</summary>
    [Setting(0, 1)]
    public double Probability { get; init; } = 0.25;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        if (Probability == 0) return honest;
        using var scope = NewDisposeScope();
        using var bound = Probability.ToScalar();
        using var drawn = Noise.Like(honest, SeededRandom.Uniform(context.Key, honest.shape));
        return where(drawn.lt(bound), honest.neg(), honest).DetachFromDisposeScope();
    }
}
