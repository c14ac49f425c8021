using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>
/// What a stage's behaviour remembers while an attempt lasts. The stage owns it and clears it when an attempt ends, so that
/// every attempt, a repetition after a failure included, begins with an empty one.
/// </summary>
public sealed class AttemptMemory
{
    private readonly Dictionary<(string Owner, long Key), Tensor> _tensors = [];

    /// <summary>Remembers a tensor under a key, in place of what was there.</summary>
    /// <param name="owner">Keeps the keys of several apart.</param>
    /// <param name="key">Any number.</param>
    /// <param name="value">Stays the caller's: a handle of its own is kept.</param>
    public void Keep(string owner, long key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var kept = value.alias().DetachFromDisposeScope();
        if (_tensors.Remove((owner, key), out var old)) old.Dispose();
        _tensors.Add((owner, key), kept);
    }

    /// <summary>The tensor under a key, which stays the memory's; null where there is none.</summary>
    public Tensor? Recall(string owner, long key) => _tensors.GetValueOrDefault((owner, key));

    /// <summary>Forgets all tensors, and disposes of them.</summary>
    public void Clear()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
        _tensors.Clear();
    }
}
