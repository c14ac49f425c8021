using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>How a stage treats the blocks that it holds: the stage's behaviour may do something else than it was ordered to.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Seat">Its seat.</param>
/// <param name="Behaviour">The behaviour.</param>
internal readonly record struct StageConduct(int Stage, int Seat, IStageBehaviour Behaviour)
{
    /// <summary>Steps a block.</summary>
    public void Step(IHeldBlock held, Commit commit) => Behaviour.Update(Of(commit.Work, held.Index), held.LiveState, () => held.Step(commit));

    /// <summary>The digest to report of a block after a step.</summary>
    public UInt128? Digest(StepId stepped, IHeldBlock? held, UInt128? honest) =>
        honest is { } digest ? Behaviour.Digest(Of(stepped, held!.Index), digest) : null;

    /// <summary>The digest to report of a block with the state that it was built with.</summary>
    public UInt128? Built(long version, IHeldBlock? held, UInt128? honest) =>
        honest is { } digest ? Behaviour.Built(new HeldContext(version, 0, Stage, Seat, held!.Index), digest) : null;

    /// <summary>A block's state to give away.</summary>
    public BlockState Give(StepId work, IHeldBlock held)
    {
        var state = held.Capture();
        Behaviour.Give(Of(work, held.Index), state.LiveState);
        return state;
    }

    /// <summary>The digest to report of a block that another holder gave.</summary>
    public UInt128 Restored(StepId work, int block, UInt128 honest) => Behaviour.Restored(Of(work, block), honest);

    /// <summary>What to show of a tensor that is given away; null for nothing.</summary>
    public Tensor? Show(StepId work, int block, int? microBatch, Tensor honest)
    {
        var shown = Behaviour.Show(Of(work, block), microBatch, honest);
        if (!ReferenceEquals(shown, honest)) honest.Dispose();
        return shown;
    }

    /// <summary>What to show of a state that is given away: nothing where any of its tensors is not shown.</summary>
    public BlockState? Show(StepId work, BlockState honest)
    {
        var (conduct, block) = (this, honest.Range.Index);
        var shown = honest.LiveState.Select(tensor => conduct.Show(work, block, null, tensor)).ToList();
        if (!shown.Contains(null))
        {
            var next = 0;
            return honest.With(_ => shown[next++]!);
        }

        foreach (var tensor in shown) tensor?.Dispose();
        return null;
    }

    private HeldContext Of(StepId work, int block) => new(work.Iteration, work.Attempt, Stage, Seat, block);
}
