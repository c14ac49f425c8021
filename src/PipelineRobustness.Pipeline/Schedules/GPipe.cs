namespace PipelineRobustness.Pipeline.Schedules;

/// <summary>
/// The GPipe schedule: all micro-batches forward, then all backward. For 3 stages and 4 micro-batches (digit: micro-batch):
/// <code>
///              forward          backward
///   cycle    0 1 2 3 4 5      6 7 8 9 . .
///   stage 0  0 1 2 3 . .      . . 0 1 2 3
///   stage 1  . 0 1 2 3 .      . 0 1 2 3 .
///   stage 2  . . 0 1 2 3      0 1 2 3 . .
/// </code>
/// The dots are the bubble: (K - 1) of every (M + K - 1) cycles (Huang et al., GPipe, arXiv 1811.06965, section 2.3). A stage
/// computes the copy of the block before right before its own forward and right after its own backward of a micro-batch.
/// </summary>
public sealed class GPipe : ISchedule
{
    private GPipe()
    {
    }

    /// <summary>The one instance.</summary>
    public static GPipe Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "gpipe";

    /// <inheritdoc/>
    public IEnumerable<StageTask> Program(StageShare share) =>
    [
        .. Forward(share),
        .. share.IsGated ? [new StageTask(StageTaskKind.Gate)] : Enumerable.Empty<StageTask>(),
        .. Backward(share),
    ];

    /// <summary>All of them.</summary>
    public int InFlight(int stage, int stages, int microBatches) => microBatches;

    /// <summary>(K - 1) / (M + K - 1).</summary>
    public double BubbleFraction(int stages, int microBatches) => (stages - 1.0) / (microBatches + stages - 1.0);

    private static IEnumerable<StageTask> Forward(StageShare share)
    {
        for (var m = 0; m < share.MicroBatches; m++)
        {
            if (share is { Copied: not null, CopiesLast: false }) yield return new(StageTaskKind.CopyForward, m);
            if (share.ChecksActivations) yield return new(StageTaskKind.CheckForward, m);
            yield return new(StageTaskKind.Forward, m);
        }

        if (!share.CopiesLast) yield break;
        for (var m = 0; m < share.MicroBatches; m++) yield return new(StageTaskKind.CopyForward, m);
    }

    private static IEnumerable<StageTask> Backward(StageShare share)
    {
        for (var m = 0; share.CopiesLast && m < share.MicroBatches; m++) yield return new(StageTaskKind.CopyBackward, m);
        for (var m = 0; m < share.MicroBatches; m++)
        {
            if (share.ChecksGradients) yield return new(StageTaskKind.CheckBackward, m);
            yield return new(StageTaskKind.Backward, m);
            if (share is { Copied: not null, CopiesLast: false }) yield return new(StageTaskKind.CopyBackward, m);
        }
    }
}
