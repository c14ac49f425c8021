using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What was computed, plus noise of its own mean and standard deviation: the attack of the paper's code before its last commits, forward and
/// backward.
/// </summary>
public sealed record OwnNoise : Attack
{
    /// <inheritdoc/>
    public override string Kind => "own-noise";

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        using var scope = NewDisposeScope();
        using var noise = Noise.Like(honest, context.Key);
        return honest.Plus(honest.mean()).Plus(noise.mul(honest.std())).DetachFromDisposeScope();
    }
}
