using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What an attack remembers. It begins empty with every attempt, a retry included, and ends with the attempt,
/// when its tensors are disposed of. Each attacking stage, entry and direction has a memory of its own.
/// </summary>
public interface IAttackMemory
{
    /// <summary>Remembers a tensor under a key, in place of what was there.</summary>
    /// <param name="key">Any number, such as the micro-batch.</param>
    /// <param name="value">Stays the caller's: the memory keeps a handle of its own.</param>
    void Keep(long key, Tensor value);

    /// <summary>The tensor under a key, which stays the memory's; null where there is none.</summary>
    Tensor? Recall(long key);
}
