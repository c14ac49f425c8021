using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>A kind of work within a pass.</summary>
internal enum StageTaskKind
{
    /// <summary>The copy forward, and what was sent compared with it.</summary>
    CopyForward,

    /// <summary>The own block forward.</summary>
    Forward,

    /// <summary>The gradient that was sent compared with the one that jumped.</summary>
    CheckBackward,

    /// <summary>The own block backward.</summary>
    Backward,

    /// <summary>The copy backward.</summary>
    CopyBackward,
}

/// <summary>One step of a stage's program.</summary>
internal readonly record struct StageTask(StageTaskKind Kind, int MicroBatch)
{
    public Direction Direction =>
        Kind is StageTaskKind.CopyForward or StageTaskKind.Forward ? Direction.Forward : Direction.Backward;

    public override string ToString() => $"{Kind switch
    {
        StageTaskKind.CopyForward => "forward of the copy",
        StageTaskKind.Forward => "forward",
        StageTaskKind.CheckBackward => "check of the gradient",
        StageTaskKind.Backward => "backward",
        _ => "backward of the copy",
    }}, micro-batch {MicroBatch}";
}

/// <summary>
/// What a stage does in a pass, in order: the schedule's order with the copy's work woven in. A copy of the block
/// before is worked right before its micro-batch goes forward and right after it went backward; with a ring, stage 0
/// works the last block's copy once its own micro-batches are sent, and before their gradients can come.
/// </summary>
internal static class StageProgram
{
    public static IEnumerable<StageTask> Forward(PassPlan plan, int stage, int microBatches)
    {
        var own = GPipe.Order(stage, Direction.Forward, microBatches).Select(w => w.MicroBatch).ToArray();
        if (plan.CopyWorkedBy(stage) is not { } block) return own.Select(m => new StageTask(StageTaskKind.Forward, m));
        if (block > stage)
        {
            return own.Select(m => new StageTask(StageTaskKind.Forward, m))
                .Concat(own.Select(m => new StageTask(StageTaskKind.CopyForward, m)));
        }

        return own.SelectMany(m => new StageTask[]
        {
            new(StageTaskKind.CopyForward, m), new(StageTaskKind.Forward, m),
        });
    }

    public static IEnumerable<StageTask> Backward(PassPlan plan, int stage, int microBatches, bool compares)
    {
        var order = GPipe.Order(stage, Direction.Backward, microBatches).Select(w => w.MicroBatch).ToArray();
        var copy = plan.CopyWorkedBy(stage);
        var checks = compares && plan.JumpPartner(stage) is not null;
        if (copy > stage)
        {
            foreach (var microBatch in order) yield return new(StageTaskKind.CopyBackward, microBatch);
            copy = null;
        }

        foreach (var microBatch in order)
        {
            if (checks) yield return new(StageTaskKind.CheckBackward, microBatch);
            yield return new(StageTaskKind.Backward, microBatch);
            if (copy is not null) yield return new(StageTaskKind.CopyBackward, microBatch);
        }
    }
}
