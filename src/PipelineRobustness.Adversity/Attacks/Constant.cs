using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>One number everywhere.</summary>
public sealed record Constant : Attack
{
    /// <inheritdoc/>
    public override string Kind => "constant";

    /// <summary>The number.</summary>
    [Setting(-1_000_000, 1_000_000)]
    public double Value { get; init; } = 1;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory) =>
        empty_like(honest).FillInPlace(Value).DetachFromDisposeScope();
}
