using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// What a stage worked on in a pass, which it keeps until the next one begins: a hearing may need it. The handles share the memory of
/// the pass. After the step also the state from before of the copy or, without copies, of its own block: no other stage would have it.
/// </summary>
internal sealed class KeptExhibits
{
    private readonly Dictionary<ExhibitKey, Tensor> _kept = [];
    private BlockState? _before;

    /// <summary>Keeps a handle of its own. The first of a key counts, as in the pass.</summary>
    public void Keep(ExhibitKey key, Tensor value)
    {
        if (!_kept.ContainsKey(key)) _kept.Add(key, value.Share());
    }

    /// <summary>Keeps the state that a step begins with, and owns it.</summary>
    public void KeepBefore(BlockState state)
    {
        _before?.Dispose();
        _before = state;
    }

    /// <summary>What of an order the stage shows, in the order that was asked for; the caller owns the messages.</summary>
    /// <param name="order">What is needed.</param>
    /// <param name="held">The stage's blocks.</param>
    /// <param name="conduct">How it treats them.</param>
    public List<(ExhibitKey Key, ITensorMessage Message)> Show(ShowExhibits order, IEnumerable<IHeldBlock> held, StageConduct conduct)
    {
        var shown = new List<(ExhibitKey, ITensorMessage)>();
        foreach (var key in order.Exhibits.Distinct())
        {
            if (Shown(order.Work, key, held, conduct) is { } message) shown.Add((key, message));
        }

        return shown;
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        foreach (var tensor in _kept.Values) tensor.Dispose();
        _kept.Clear();
        _before?.Dispose();
        _before = null;
    }

    private ITensorMessage? Shown(StepId work, ExhibitKey key, IEnumerable<IHeldBlock> held, StageConduct conduct)
    {
        if (key.IsState)
        {
            var state = key.Kind == ExhibitKind.State ? held.FirstOrDefault(one => one.Index == key.Block)?.Capture()
                : _before?.Range.Index == key.Block ? _before.With(tensor => tensor.Share())
                : null;
            return state is not null && conduct.Show(work, state) is { } given ? new StateShown(work, conduct.Stage, key, given) : null;
        }

        int? microBatch = key.Kind == ExhibitKind.OtherPart ? null : key.MicroBatch;
        return _kept.TryGetValue(key, out var kept) && conduct.Show(work, key.Block, microBatch, kept.Share()) is { } value
            ? new ExhibitShown(work, conduct.Stage, key, value)
            : null;
    }
}
