using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>An entry's share of what its stage remembers of the attempt, and from one iteration to the next.</summary>
/// <param name="context">What the stage does.</param>
/// <param name="owner">The entry, and what it does.</param>
/// <param name="part">Which of the entry's memories of the attempt.</param>
internal sealed class EntryMemory(SendContext context, string owner, string part = "") : IAttackMemory, ILastingMemory
{
    private readonly string _ofAttempt = owner + part;

    /// <inheritdoc/>
    public ILastingMemory Lasting => this;

    private BehaviourMemory Memory => context.Memory ?? throw new InvalidOperationException("expected a stage with a memory, found none");

    /// <inheritdoc/>
    public void Keep(long key, Tensor value) => Memory.Attempt.Keep(_ofAttempt, key, value);

    /// <inheritdoc/>
    public Tensor? Recall(long key) => Memory.Attempt.Recall(_ofAttempt, key);

    void ILastingMemory.Keep(long key, Tensor value) => Memory.Lasting.Keep(owner, key, value);

    Tensor? ILastingMemory.Recall(long key) => Memory.Lasting.Recall(owner, key);
}
