using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>An entry's share of what its stage remembers of the attempt.</summary>
/// <param name="context">What the stage does.</param>
/// <param name="owner">The entry, and what it does.</param>
internal sealed class EntryMemory(SendContext context, string owner) : IAttackMemory
{
    private AttemptMemory Memory => context.Memory ?? throw new InvalidOperationException("expected a stage with a memory, found none");

    /// <inheritdoc/>
    public void Keep(long key, Tensor value) => Memory.Keep(owner, key, value);

    /// <inheritdoc/>
    public Tensor? Recall(long key) => Memory.Recall(owner, key);
}
