using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>A multiple of what was computed.</summary>
public sealed record Scale : Attack
{
    /// <inheritdoc/>
    public override string Kind => "scale";

    /// <summary>The factor; 1 is no attack.</summary>
    [Setting(-1_000_000, 1_000_000)]
    public double Factor { get; init; } = 16;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return Factor == 1 ? honest : honest.Times(Factor).DetachFromDisposeScope();
    }
}
