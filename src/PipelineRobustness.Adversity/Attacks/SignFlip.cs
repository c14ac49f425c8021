using PipelineRobustness.Pipeline;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity;

/// <summary>The paper's forward attack: -a in place of the activation a.</summary>
public sealed class SignFlip : IAttack
{
    /// <inheritdoc/>
    public string Name => "sign-flip";

    /// <inheritdoc/>
    public Direction Direction => Direction.Forward;

    /// <inheritdoc/>
    public Tensor Lie(Tensor honest, ulong key) => honest.neg().DetachFromDisposeScope();
}
