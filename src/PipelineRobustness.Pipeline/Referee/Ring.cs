using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// A pipeline in which every block has two holders: stage b, which owns block b, and the stage after it, which has a copy; that of
/// the last block is on stage 0. Without copies only its owner has it, and nothing jumps. With h the holder of the copy of block b:
/// <code>
///   forward    b-1 ──► b                 backward   b+1 ──► b          tied    0 ──► K-1
///              b-1 ─(jump)─► h                                                K-1 ──► 0, 1
/// </code>
/// </summary>
/// <param name="Stages">K, at least 2; with copies at least 3.</param>
/// <param name="MicroBatches">Micro-batches of a pass.</param>
/// <param name="IsTied">Whether the first and the last block share a matrix.</param>
/// <param name="HasCopies">Whether there are copies.</param>
public sealed record Ring(int Stages, int MicroBatches, bool IsTied = false, bool HasCopies = true)
{
    /// <summary>That of a run.</summary>
    public static Ring Of(RunPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(plan.Stages, plan.MicroBatches, plan.Model.TiedHead, plan.Copies != CopyPlacement.None);
    }

    /// <summary>The last stage, and block.</summary>
    public int Last => Stages - 1;

    /// <summary>The blocks, which have the numbers of the stages that own them.</summary>
    public IEnumerable<int> Blocks => Enumerable.Range(0, Stages);

    /// <summary>The stage with a block's copy, where there are copies.</summary>
    public int CopyHolderOf(int block) => (block + 1) % Stages;

    /// <summary>The block of which a stage has a copy, where there are copies.</summary>
    public int CopiedBy(int stage) => (stage + Last) % Stages;

    /// <summary>The holders of a block, its owner first.</summary>
    public ImmutableArray<int> HoldersOf(int block) => HasCopies ? [block, CopyHolderOf(block)] : [block];

    /// <summary>The holder that keeps a block's state from before a step: that of the copy, where there is one.</summary>
    public int KeeperOf(int block) => HoldersOf(block)[^1];

    /// <summary>Whether a stage has a copy that works on what another stage sends; that of the first block reads the tokens.</summary>
    public bool CopiesInput(int stage) => HasCopies && CopiedBy(stage) > 0;

    /// <summary>The connections by which a block's input reaches its holders; the first block's are the run's own tokens.</summary>
    public IEnumerable<StageLink> Inputs(int block) => block == 0 ? [] :
    [
        new(Direction.Forward, Link.Neighbour, block - 1, block),
        .. Copied(new(Direction.Forward, Link.Jump, block - 1, CopyHolderOf(block))),
    ];

    /// <summary>The connection by which the gradient of a block's output reaches its owner; of the last block there is none.</summary>
    public IEnumerable<StageLink> Gradients(int block) =>
        block == Last ? [] : [new(Direction.Backward, Link.Neighbour, block + 1, block)];

    /// <summary>The connections by which the first and the last block's parts of the tied matrix's gradient reach the other's holders.</summary>
    public IEnumerable<StageLink> TiedParts => !IsTied ? [] :
    [
        new(Direction.Backward, Link.Tied, 0, Last),
        new(Direction.Backward, Link.Tied, Last, 0),
        .. Copied(new(Direction.Backward, Link.Tied, Last, CopyHolderOf(0))),
    ];

    /// <summary>Every connection.</summary>
    public IEnumerable<StageLink> Links => [.. Blocks.SelectMany(Inputs), .. Blocks.SelectMany(Gradients), .. TiedParts];

    /// <summary>Whether a block gives a gradient of its input: all but the first, whose input are tokens.</summary>
    public static bool HasInputGradient(int block) => block > 0;

    /// <summary>Whether a block has one of the two uses of the tied matrix.</summary>
    public bool HasTiedPart(int block) => IsTied && (block == 0 || block == Last);

    // A connection to a copy.
    private ImmutableArray<StageLink> Copied(StageLink link) => HasCopies ? [link] : [];
}
