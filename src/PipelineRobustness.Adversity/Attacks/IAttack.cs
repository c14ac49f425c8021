using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What a malicious stage says in place of what it computed. A new attack is one class in this folder:
/// <see cref="AttackCatalog"/> finds it by its <see cref="Name"/>. It must be stateless.
/// </summary>
public interface IAttack
{
    /// <summary>The value of <c>kind</c> that chooses it.</summary>
    string Name { get; }

    /// <summary>Which way it is sent: activations forward, gradients backward.</summary>
    Direction Direction { get; }

    /// <summary>
    /// Whether the drawn stage does not lie but is lied about: the stage that checks it tells the lie to its own detector
    /// alone, and so accuses it. That is a false verdict and no attack: nobody else is told anything wrong.
    /// </summary>
    bool Accuses => false;

    /// <summary>The lie.</summary>
    /// <param name="honest">What was computed; never written to. [batch, time, hidden]</param>
    /// <param name="key">All randomness comes from it; alike on both links of a micro-batch.</param>
    /// <returns>A new tensor of the same shape, outside of every scope.</returns>
    Tensor Lie(Tensor honest, ulong key);
}
