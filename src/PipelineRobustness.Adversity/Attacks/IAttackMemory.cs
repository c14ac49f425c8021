using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What an attack remembers. It begins empty with every attempt, a retry included, and ends with the attempt,
/// when its tensors are disposed of. Each attacking stage, entry, direction and link has a memory of its own.
/// </summary>
public interface IAttackMemory
{
    /// <summary>What it remembers from one iteration to the next.</summary>
    ILastingMemory Lasting { get; }

    /// <summary>Remembers a tensor under a key, in place of what was there.</summary>
    /// <param name="key">Any number, such as the micro-batch.</param>
    /// <param name="value">Stays the caller's: the memory keeps a handle of its own.</param>
    void Keep(long key, Tensor value);

    /// <summary>The tensor under a key, which stays the memory's; null where there is none.</summary>
    Tensor? Recall(long key);
}

/// <summary>
/// What an attack that <see cref="Attack.Remembers"/> takes from one iteration to the next; one for each stage and entry, both links included.
/// </summary>
public interface ILastingMemory
{
    /// <summary>Remembers a tensor for the next iteration, unless another attempt at this one follows.</summary>
    /// <param name="key">Any number.</param>
    /// <param name="value">Stays the caller's: the memory keeps a handle of its own.</param>
    void Keep(long key, Tensor value);

    /// <summary>The tensor that was kept in the iteration before, which stays the memory's; null where there is none.</summary>
    Tensor? Recall(long key);
}
