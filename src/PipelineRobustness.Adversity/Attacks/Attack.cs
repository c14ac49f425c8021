using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// An entry of <c>attack.forward</c> or <c>attack.backward</c>: what a malicious stage sends in place of what it computed, how
/// often, and through which stage. A new attack is one record in this folder, which <see cref="AttackCatalog"/> finds by its
/// <see cref="Kind"/>; its properties with a <see cref="SettingAttribute"/> are its options. It keeps nothing itself: what an
/// attacker remembers is in its <see cref="IAttackMemory"/>.
/// </summary>
public abstract record Attack
{
    /// <summary>The value of <c>kind</c> that chooses it.</summary>
    public abstract string Kind { get; }

    /// <summary>Probability of an attack in each attempt at an iteration.</summary>
    [Setting(0, 1)]
    public required double Rate { get; init; }

    /// <summary>
    /// The attacking or falsely accused stage, 1 .. stages - 2, or with copies in a ring also an end that sends; if left out, one of
    /// the former is drawn for each attempt, whatever the kind.
    /// </summary>
    [Setting<StageNumber>]
    public int? Stage { get; init; }

    /// <summary>Whether it tampers with activations or with gradients: the list that it is in.</summary>
    public Direction Direction { get; init; }

    /// <summary>
    /// Whether the stage is honest and is falsely accused: the stage that checks it tampers with what its own detector compares.
    /// No other stage receives a wrong value, so this is a false verdict and not an attack.
    /// </summary>
    public virtual bool Accuses => false;

    /// <summary>Whether what it sends depends on <see cref="AttackContext.Key"/>, so that another seed gives other values.</summary>
    public virtual bool IsRandom => false;

    /// <summary>What is sent instead.</summary>
    /// <param name="context">Which tensor it is, and what the attacker knows.</param>
    /// <param name="honest">What was computed; never written to. [batch, time, hidden]</param>
    /// <param name="memory">What this attacker remembers of the attempt; empty when the attempt begins.</param>
    /// <returns>
    /// A new tensor of the same shape and type, outside of every scope; or <paramref name="honest"/> itself, which is no attack.
    /// </returns>
    public abstract Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory);
}
