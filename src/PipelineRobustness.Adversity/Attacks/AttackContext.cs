using System.Collections.Immutable;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Which tensor an attacker is about to send, and what it may know.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt at the iteration.</param>
/// <param name="Pass">The pass within the attempt.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Stage">The stage that sends.</param>
/// <param name="Direction">Activations forward, gradients backward.</param>
/// <param name="Link">The connection. The same tensor goes over two of them, and an attack that is to look consistent treats both alike.</param>
/// <param name="Key">The source of all randomness; the same on both links of a micro-batch.</param>
/// <param name="Knowledge">What the attacker knows besides the tensors of its own stage.</param>
public readonly record struct AttackContext(
    long Iteration, int Attempt, int Pass, int MicroBatch, int Stage, Direction Direction, Link Link, ulong Key, AttackerKnowledge Knowledge)
{
    /// <summary>
    /// What the block worked on to compute the honest value, borrowed for the call; null where that are tokens or labels, or where the attack
    /// does not say that it needs it (<see cref="Attack.NeedsInput"/>). [batch, time, hidden]
    /// </summary>
    public Tensor? Input { get; init; }

    /// <summary>Whether something broke before the pass: the run goes on after a recovery, or after an interruption.</summary>
    public bool FollowsRecovery { get; init; }

    /// <summary>
    /// The micro-batches that the referee last asked the stage for, in an earlier iteration; none where the attack does not say that it
    /// remembers anything (<see cref="Attack.Remembers"/>).
    /// </summary>
    public ImmutableHashSet<int> LastAsked { get => field ?? []; init; }
}

/// <summary>What an attacker knows besides the tensors of its own stage.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stages">Stages of the pipeline.</param>
public sealed record AttackerKnowledge(ulong Seed, int Stages)
{
    /// <summary>The detector that inspects what it sends; null for none.</summary>
    public IDetector? Detector { get; init; }

    /// <summary>What is audited.</summary>
    public AuditSettings Audit { get; init; } = new();

    /// <summary>Whether both holders of a block must come to the same state in every step.</summary>
    public bool ComparesStates { get; init; }

    /// <summary>What earlier runs changed in their weights; null where none of them is known.</summary>
    public IWeightChanges? Changes { get; init; }
}
