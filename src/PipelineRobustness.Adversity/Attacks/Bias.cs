using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>What was computed, plus the same number everywhere: a multiple of its mean magnitude.</summary>
public sealed record Bias : Attack
{
    /// <inheritdoc/>
    public override string Kind => "bias";

    /// <summary>The multiple; 0 is no attack.</summary>
    [Setting(-1_000_000, 1_000_000)]
    public double Factor { get; init; } = 2;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        if (Factor == 0) return honest;
        using var scope = NewDisposeScope();
        return honest.Plus(honest.abs().mean().Times(Factor)).DetachFromDisposeScope();
    }
}
