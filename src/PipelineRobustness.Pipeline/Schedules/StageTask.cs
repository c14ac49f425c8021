using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Schedules;

/// <summary>A kind of task in a stage's program.</summary>
public enum StageTaskKind
{
    /// <summary>The copy forward; what the copied stage sent is inspected with the result, where the detector needs a copy.</summary>
    CopyForward,

    /// <summary>The inspection of a received activation by a detector that needs no copy.</summary>
    CheckForward,

    /// <summary>The own block forward.</summary>
    Forward,

    /// <summary>The end of the forward pass: reported to the server, which lets the backward pass begin.</summary>
    Gate,

    /// <summary>The inspection of a received gradient.</summary>
    CheckBackward,

    /// <summary>The own block backward.</summary>
    Backward,

    /// <summary>The copy backward.</summary>
    CopyBackward,
}

/// <summary>One task of a stage's program.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="MicroBatch">Of which micro-batch; 0 at the gate.</param>
public readonly record struct StageTask(StageTaskKind Kind, int MicroBatch = 0)
{
    /// <summary>The direction of the pass in this task.</summary>
    public Direction Direction => Kind < StageTaskKind.Gate ? Direction.Forward : Direction.Backward;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        StageTaskKind.CopyForward => $"forward of the copy, micro-batch {MicroBatch}",
        StageTaskKind.CheckForward => $"check of the activation, micro-batch {MicroBatch}",
        StageTaskKind.Forward => $"forward, micro-batch {MicroBatch}",
        StageTaskKind.CheckBackward => $"check of the gradient, micro-batch {MicroBatch}",
        StageTaskKind.Backward => $"backward, micro-batch {MicroBatch}",
        StageTaskKind.CopyBackward => $"backward of the copy, micro-batch {MicroBatch}",
        _ => "the server's order to begin backward",
    };
}
