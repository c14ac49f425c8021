using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>What each task needs before it can be done.</content>
internal sealed partial class TrainingPass
{
    // What a task lacks, in words, or null.
    private string? Lacks(StageTask task)
    {
        var m = task.MicroBatch;
        return task.Kind switch
        {
            StageTaskKind.CopyForward => (AwaitsCopied ? LacksActivation(m, _plan.CopyComputedBy(_stage)!.Value) : null) ?? LacksJump(m),
            StageTaskKind.CheckForward => LacksActivation(m, _plan.Predecessor(_stage)!.Value),
            StageTaskKind.Forward when _stage == First => null,
            StageTaskKind.Forward => LacksActivation(m, _plan.Predecessor(_stage)!.Value)
                ?? (AwaitsForward ? LacksAnswer(Direction.Forward, m) : null),
            StageTaskKind.Gate => task.ToString(),
            StageTaskKind.CheckBackward => LacksGradient(m) ?? (Compares ? LacksJumpedGradient(m) : null),
            StageTaskKind.Backward when _stage == Last => null,
            StageTaskKind.Backward => LacksGradient(m) ?? (AwaitsBackward ? LacksAnswer(Direction.Backward, m) : null),
            _ => null,
        };
    }

    // The copy of the last block, on stage 0, computes nothing that the stage uses. Where there is a referee, what is found is for it alone.
    private bool AwaitsForward =>
        _testimony is null && (_share.ChecksActivations || (Compares && _share is { Copied: not null, CopiesLast: false }));

    private bool AwaitsBackward => _testimony is null && _share.ChecksGradients;

    private bool AwaitsCopied => !(SendsNoLoss && _share.CopiesLast);

    private string? LacksActivation(int m, int from) =>
        _inbox.Peek(Direction.Forward, Link.Neighbour, m) is null
            ? $"the activation of micro-batch {m} from stage {from}" : null;

    private string? LacksJump(int m) =>
        _plan.JumpSource(_stage) is { } from
        && _inbox.Peek(Direction.Forward, Link.Neighbour, m) is not { Rejected: true }
        && _inbox.Peek(Direction.Forward, Link.Jump, m) is null
            ? $"the jumping activation of micro-batch {m} from stage {from}" : null;

    private string? LacksGradient(int m) =>
        _inbox.Peek(Direction.Backward, Link.Neighbour, m) is null
            ? $"the gradient of micro-batch {m} from stage {_plan.Successor(_stage)}" : null;

    private string? LacksJumpedGradient(int m) =>
        !_inbox.Peek(Direction.Backward, Link.Neighbour, m)!.Rejected
        && _inbox.Peek(Direction.Backward, Link.Jump, m) is null
            ? $"the jumping gradient of micro-batch {m} from stage {_plan.JumpPartner(_stage)}" : null;

    private string? LacksAnswer(Direction direction, int m) =>
        _inbox.Rejected(direction, m) is null ? $"the detector's answer on micro-batch {m}, {direction}" : null;
}
