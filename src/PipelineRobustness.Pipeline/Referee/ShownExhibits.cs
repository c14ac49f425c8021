using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// What stages have shown, by its name and its claim: of a value that several stages show one is kept, whichever stage showed it.
/// </summary>
internal sealed class ShownExhibits
{
    private readonly Dictionary<(ExhibitKey Key, Claim Claim), Tensor> _tensors = [];
    private readonly Dictionary<(ExhibitKey Key, Claim Claim), BlockState> _states = [];

    // What each stage has shown: of one name a tensor and a state, or it could fill the memory.
    private readonly HashSet<(int Stage, ExhibitKey Key, Type Kind)> _showed = [];

    /// <summary>Whether a stage shows something of this name for the first time.</summary>
    public bool IsFirst(int stage, ExhibitKey key, ITensorMessage message) => _showed.Add((stage, key, message.GetType()));

    /// <summary>Keeps a tensor, and owns it.</summary>
    public void Keep(ExhibitKey key, Claim claim, Tensor value)
    {
        if (!_tensors.TryAdd((key, claim), value)) value.Dispose();
    }

    /// <summary>Keeps a state, and owns it.</summary>
    public void Keep(ExhibitKey key, Claim claim, BlockState state)
    {
        if (!_states.TryAdd((key, claim), state)) state.Dispose();
    }

    /// <summary>Another handle on a tensor, which the caller owns.</summary>
    /// <exception cref="InvalidOperationException">It was not shown.</exception>
    public Tensor Share(Exhibit exhibit) =>
        _tensors.TryGetValue((exhibit.Key, exhibit.Claim), out var value) ? value.Share() : throw NotShown(exhibit.Key, exhibit.Claim);

    /// <summary>A tensor that stays here; null where it was not shown.</summary>
    public Tensor? Find(Exhibit exhibit) => _tensors.GetValueOrDefault((exhibit.Key, exhibit.Claim));

    /// <summary>A state that stays here; null where it was not shown.</summary>
    public BlockState? FindState(Exhibit exhibit) => _states.GetValueOrDefault((exhibit.Key, exhibit.Claim));

    /// <summary>A state that stays here.</summary>
    /// <exception cref="InvalidOperationException">It was not shown.</exception>
    public BlockState State(Exhibit exhibit) => State(exhibit.Key, exhibit.Claim);

    /// <summary>The same, by its name and claim.</summary>
    /// <exception cref="InvalidOperationException">It was not shown.</exception>
    public BlockState State(ExhibitKey key, Claim claim) =>
        _states.TryGetValue((key, claim), out var state) ? state : throw NotShown(key, claim);

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        foreach (var shown in _tensors.Values.Concat<IDisposable>(_states.Values)) shown.Dispose();
        _tensors.Clear();
        _states.Clear();
        _showed.Clear();
    }

    private static InvalidOperationException NotShown(ExhibitKey key, Claim claim) =>
        new($"{key.Kind} {key.MicroBatch} of block {key.Block} with claim {claim} was not shown");
}
