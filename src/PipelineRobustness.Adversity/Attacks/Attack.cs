using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
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
    /// The attacking or falsely accused stages; any: in the middle (1 .. stages - 2) as many as <see cref="Any"/> says are drawn for each
    /// attempt, whatever the kind. Of a list, each of them attacks. The first stage sends no gradient, and the last one sends its loss, if
    /// copies are in a ring.
    /// </summary>
    [SettingList<StageWord>(Name = "stage")]
    public IReadOnlyList<string> Stages { get; init; } = [StageWord.Any];

    /// <summary>How many stages are drawn where <c>stage</c> is any.</summary>
    [Setting(1, 1_000)]
    public int Any { get; init; } = 1;

    /// <summary>The stage, if there is one and it is given by its number; null: one in the middle is drawn.</summary>
    public int? Stage
    {
        get => Stages is [var word] ? StageWord.Number(word) : null;
        init => Stages = [value?.ToString(CultureInfo.InvariantCulture) ?? StageWord.Any];
    }

    /// <summary>The first iteration with attacks.</summary>
    [Setting(0, 1_000_000_000)]
    public long From { get; init; }

    /// <summary>The iteration before which the attacks end; 0: they do not end.</summary>
    [Setting(0, 1_000_000_000)]
    public long? Until { get; init; }

    /// <summary>Whether it tampers with activations or with gradients: the list that it is in.</summary>
    public Direction Direction { get; init; }

    /// <summary>
    /// Whether the stage is honest and is falsely accused: the stage that checks it tampers with what its own detector compares.
    /// No other stage receives a wrong value, so this is a false verdict and not an attack.
    /// </summary>
    public virtual bool Accuses => false;

    /// <summary>Whether what it sends depends on <see cref="AttackContext.Key"/>, so that another seed gives other values.</summary>
    public virtual bool IsRandom => false;

    /// <summary>Whether it needs <see cref="AttackContext.Input"/>.</summary>
    public virtual bool NeedsInput => false;

    /// <summary>
    /// Whether it remembers anything from one iteration to the next (<see cref="IAttackMemory.Lasting"/>). Such a memory dies with its stage,
    /// so that a run with it is a function of the seed only if nothing fails: together with failures it is refused.
    /// </summary>
    public virtual bool Remembers => false;

    /// <summary>What is wrong with its options taken together; null where nothing is.</summary>
    public virtual OptionError? Contradiction => null;

    /// <summary>What is sent instead.</summary>
    /// <param name="context">Which tensor it is, and what the attacker knows.</param>
    /// <param name="honest">What was computed; never written to. [batch, time, hidden]</param>
    /// <param name="memory">What this attacker remembers of the attempt; empty when the attempt begins.</param>
    /// <returns>
    /// A new tensor of the same shape and type, outside of every scope; or <paramref name="honest"/> itself, which is no attack.
    /// </returns>
    public abstract Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory);

    /// <summary>
    /// Called, if it <see cref="Remembers"/>, with what a stage that may attack sends truly, because it was not drawn, in the direction of the
    /// attack.
    /// </summary>
    public virtual void Spare(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
    }

    /// <summary>
    /// Called, if it <see cref="Remembers"/>, with what the block of a stage that may attack is about to work on, in both directions: the
    /// context's.
    /// </summary>
    public virtual void Receive(in AttackContext context, Tensor input, IAttackMemory memory)
    {
    }

    /// <summary>Whether all settings are the same.</summary>
    public virtual bool Equals(Attack? other) => other is not null && EqualityContract == other.EqualityContract
        && (Rate, Any, From, Until, Direction) == (other.Rate, other.Any, other.From, other.Until, other.Direction) && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Rate, Any, From, Until, Direction, Stages.Count);
}
