using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>What its block was to work on, handed on as it came: the work is not done.</summary>
public sealed record Lazy : Attack
{
    /// <inheritdoc/>
    public override string Kind => "lazy";

    /// <inheritdoc/>
    public override bool NeedsInput => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return context.Input is { } input && input.shape.SequenceEqual(honest.shape) ? input.alias().DetachFromDisposeScope() : honest;
    }
}
