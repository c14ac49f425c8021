using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>
/// What a stage's behaviour remembers during an attempt. The stage clears it when an attempt ends, so that every attempt, a retry
/// included, begins with an empty one.
/// </summary>
public sealed class AttemptMemory
{
    private readonly Dictionary<(string Owner, long Key), Tensor> _tensors = [];

    /// <summary>Remembers a tensor under a key and replaces an earlier one.</summary>
    /// <param name="owner">Separates the keys of different users of the memory.</param>
    /// <param name="key">Any number.</param>
    /// <param name="value">Still owned by the caller: the memory keeps its own handle.</param>
    public void Keep(string owner, long key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var kept = value.alias().DetachFromDisposeScope();
        if (_tensors.Remove((owner, key), out var old)) old.Dispose();
        _tensors.Add((owner, key), kept);
    }

    /// <summary>The tensor under a key, which the memory still owns; null if there is none.</summary>
    public Tensor? Recall(string owner, long key) => _tensors.GetValueOrDefault((owner, key));

    /// <summary>Forgets all tensors, and disposes of them.</summary>
    public void Clear()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
        _tensors.Clear();
    }
}
