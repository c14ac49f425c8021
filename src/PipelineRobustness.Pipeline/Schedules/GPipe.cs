using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Schedules;

/// <summary>One piece of a schedule: a stage works a micro-batch in a direction.</summary>
public readonly record struct ScheduledWork(int Stage, int MicroBatch, Direction Direction);

/// <summary>
/// The GPipe schedule as a pure function: all micro-batches forward, then all backward, each in ascending order, so
/// that gradients add up as in a plain loop. For 3 stages and 4 micro-batches (digit: micro-batch):
/// <code>
///              forward          backward
///   cycle    0 1 2 3 4 5      6 7 8 9 . .
///   stage 0  0 1 2 3 . .      . . 0 1 2 3
///   stage 1  . 0 1 2 3 .      . 0 1 2 3 .
///   stage 2  . . 0 1 2 3      0 1 2 3 . .
/// </code>
/// The dots are the bubble: (K - 1) of every (M + K - 1) cycles (Huang et al., GPipe, arXiv 1811.06965, section 2.3).
/// </summary>
public static class GPipe
{
    /// <summary>The cycles, each with the work that its stages do at once.</summary>
    public static IEnumerable<IReadOnlyList<ScheduledWork>> Cycles(int stages, int microBatches)
    {
        var length = stages + microBatches - 1;
        for (var t = 0; t < length; t++)
            yield return [.. At(t, Direction.Forward, stages, microBatches)];
        for (var t = 0; t < length; t++)
            yield return [.. At(t, Direction.Backward, stages, microBatches)];
    }

    /// <summary>What one stage does in one direction, in order.</summary>
    public static IEnumerable<ScheduledWork> Order(int stage, Direction direction, int microBatches) =>
        Enumerable.Range(0, microBatches).Select(m => new ScheduledWork(stage, m, direction));

    /// <summary>The share of cycles in which a stage has nothing to do: (K - 1) / (M + K - 1).</summary>
    public static double BubbleFraction(int stages, int microBatches) =>
        (stages - 1.0) / (microBatches + stages - 1.0);

    private static IEnumerable<ScheduledWork> At(int cycle, Direction direction, int stages, int microBatches) =>
        from stage in Enumerable.Range(0, stages)
        let depth = direction == Direction.Forward ? stage : stages - 1 - stage
        let microBatch = cycle - depth
        where microBatch >= 0 && microBatch < microBatches
        select new ScheduledWork(stage, microBatch, direction);
}
