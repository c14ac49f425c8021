using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Tests.Extending;

/// <summary>
/// Runs a micro-batch backward as soon as it can, so that few activations are kept (PipeDream-Flush, arXiv 2006.09503). For 3
/// stages and 4 micro-batches (digit: micro-batch forward, letter: the same backward):
/// <code>
///   stage 0  0 1 2 . . a 3 b . c . d
///   stage 1  . 0 1 . a 2 b 3 c . d .
///   stage 2  . . 0 a 1 b 2 c 3 d . .
/// </code>
/// </summary>
public sealed class OneForwardOneBackward : ISchedule
{
    /// <inheritdoc/>
    public string Name => "1f1b";

    /// <inheritdoc/>
    public IEnumerable<StageTask> Program(StageShare share) => share.IsGated ? GPipe.Instance.Program(share) : Alternating(share);

    /// <inheritdoc/>
    public int InFlight(int stage, int stages, int microBatches) => Math.Min(stages - stage, microBatches);

    /// <inheritdoc/>
    public double BubbleFraction(int stages, int microBatches) => GPipe.Instance.BubbleFraction(stages, microBatches);

    private IEnumerable<StageTask> Alternating(StageShare share)
    {
        var ahead = InFlight(share.Stage, share.Stages, share.MicroBatches);
        for (var step = 0; step < share.MicroBatches + ahead; step++)
        {
            // A stage that is full runs one backward before the next forward.
            foreach (var task in step >= ahead ? Backward(share, step - ahead) : []) yield return task;
            foreach (var task in step < share.MicroBatches ? Forward(share, step) : []) yield return task;
        }
    }

    private static IEnumerable<StageTask> Forward(StageShare share, int m)
    {
        if (share is { Copied: not null, CopiesLast: false }) yield return new(StageTaskKind.CopyForward, m);
        if (share.ChecksActivations) yield return new(StageTaskKind.CheckForward, m);
        yield return new(StageTaskKind.Forward, m);
    }

    private static IEnumerable<StageTask> Backward(StageShare share, int m)
    {
        if (share.CopiesLast)
        {
            yield return new(StageTaskKind.CopyForward, m);
            yield return new(StageTaskKind.CopyBackward, m);
        }

        if (share.ChecksGradients) yield return new(StageTaskKind.CheckBackward, m);
        yield return new(StageTaskKind.Backward, m);
        if (share is { Copied: not null, CopiesLast: false }) yield return new(StageTaskKind.CopyBackward, m);
    }
}
