using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>The blocks that a stage holds: its own and, depending on the placement, a copy of another stage's.</summary>
internal sealed class HeldBlocks : IDisposable
{
    // The digests that they had when the stage last reported: a block that differs from them has changed between two steps, and counts as lost.
    private (UInt128? Own, UInt128? Copy) _reported;

    private HeldBlocks(IHeldBlock own, IHeldBlock? copy) => (Own, Copy) = (own, copy);

    /// <summary>Builds the blocks of a stage.</summary>
    public static HeldBlocks Build(StageSetup setup, PlaceStage order)
    {
        var origin = new Origin(order.Origin, order.Checkpoint);
        var own = setup.Numerics.Build(order.Stage, origin);
        try
        {
            var copy = setup.CopyHeldBy(order.Stage) is { } block ? setup.Numerics.Build(block, origin) : null;
            var blocks = new HeldBlocks(own, copy);
            if (order.Origin != BlockOrigin.Transfer) blocks.Reported();
            return blocks;
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public IHeldBlock Own { get; }

    public IHeldBlock? Copy { get; }

    public IEnumerable<IHeldBlock> All => Copy is null ? [Own] : [Own, Copy];

    /// <summary>The current digests.</summary>
    public (UInt128 Own, UInt128? Copy) Digests => (Own.Digest, Copy?.Digest);

    /// <summary>The digests that are still those last reported.</summary>
    public (UInt128? Own, UInt128? Copy) Sound => (Still(Own, _reported.Own), Still(Copy, _reported.Copy));

    public IHeldBlock Holding(int block) => block == Own.Index ? Own : Copy!;

    /// <summary>The current digests, which are about to be reported.</summary>
    public (UInt128 Own, UInt128? Copy) Reported()
    {
        var current = Digests;
        _reported = current;
        return current;
    }

    /// <summary>Steps every block that is not frozen.</summary>
    public void Step(Commit commit, StageConduct conduct)
    {
        foreach (var held in All)
        {
            if (!commit.Frozen.Contains(held.Index)) conduct.Step(held, commit);
            held.Forget();
        }
    }

    /// <summary>Loads a block's state.</summary>
    /// <returns>Its digest.</returns>
    public UInt128 Restore(int block, BlockState state)
    {
        var held = Holding(block);
        held.Restore(state);
        var digest = held.Digest;
        if (ReferenceEquals(held, Own)) _reported.Own = digest;
        else _reported.Copy = digest;
        return digest;
    }

    public void Forget()
    {
        foreach (var held in All) held.Forget();
    }

    public void Dispose()
    {
        foreach (var held in All) held.Dispose();
    }

    private static UInt128? Still(IHeldBlock? held, UInt128? reported) => reported is not null && held!.Digest == reported ? reported : null;
}
