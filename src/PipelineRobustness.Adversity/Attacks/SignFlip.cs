using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

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
