using PipelineRobustness.Pipeline.Ports;

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
    long Iteration, int Attempt, int Pass, int MicroBatch, int Stage, Direction Direction, Link Link, ulong Key, AttackerKnowledge Knowledge);

/// <summary>What an attacker knows besides the tensors of its own stage.</summary>
/// <param name="Stages">Stages of the pipeline.</param>
public sealed record AttackerKnowledge(int Stages);
