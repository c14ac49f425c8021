using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>
/// What a stage's behaviour takes from one iteration to the next: what the last attempt at an iteration kept is recalled in the next one.
/// It ends with its stage: after a failure, or on another node, it begins empty.
/// </summary>
public sealed class LastingMemory
{
    private AttemptMemory _before = new();
    private AttemptMemory _now = new();
    private long? _iteration;

    /// <summary>Remembers a tensor for the next iteration, and replaces an earlier one.</summary>
    /// <param name="owner">Separates the keys of different users of the memory.</param>
    /// <param name="key">Any number.</param>
    /// <param name="value">Still owned by the caller: the memory keeps its own handle.</param>
    public void Keep(string owner, long key, Tensor value) => _now.Keep(owner, key, value);

    /// <summary>The tensor that was kept in the iteration before, which the memory still owns; null if there is none.</summary>
    public Tensor? Recall(string owner, long key) => _before.Recall(owner, key);

    /// <summary>Begins an attempt: after another one at the same iteration that one's tensors are forgotten, else those of two iterations ago.</summary>
    public void Begin(long iteration)
    {
        if (iteration != _iteration) (_before, _now) = (_now, _before);
        if (_iteration is { } last && iteration != last && iteration != last + 1) _before.Clear();
        _now.Clear();
        _iteration = iteration;
    }

    /// <summary>Forgets all tensors, and disposes of them.</summary>
    public void Clear()
    {
        _before.Clear();
        _now.Clear();
    }
}
