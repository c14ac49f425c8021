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

    /// <summary>The digests to report of its blocks: after the step that led to their version, or as they were built.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="digests">Their digests; null for one that has no state.</param>
    /// <param name="version">Their version.</param>
    /// <param name="last">The last commit that the stage has stepped by.</param>
    /// <param name="order">The order to build them.</param>
    public (UInt128? Own, UInt128? Copy) Stated(
        HeldBlocks blocks, (UInt128? Own, UInt128? Copy) digests, long version, Commit? last, PlaceStage order)
    {
        if (last?.State.Version == version) return (Stepped(last.Work, blocks.Own, digests.Own), Stepped(last.Work, blocks.Copy, digests.Copy));
        return version != order.Version || order.Origin == BlockOrigin.Transfer ? digests
            : (Built(version, blocks.Own, digests.Own), Built(version, blocks.Copy, digests.Copy));
    }

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

    private UInt128? Stepped(StepId work, IHeldBlock? held, UInt128? honest) =>
        honest is { } digest ? Behaviour.Digest(Of(work, held!.Index), digest) : null;

    private UInt128? Built(long version, IHeldBlock? held, UInt128? honest) =>
        honest is { } digest ? Behaviour.Built(new HeldContext(version, 0, Stage, Seat, held!.Index), digest) : null;

    private HeldContext Of(StepId work, int block) => new(work.Iteration, work.Attempt, Stage, Seat, block);
}
