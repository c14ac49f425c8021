using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>Shares of all time.</summary>
/// <param name="Own">A stage computed its own block, in what was committed.</param>
/// <param name="Copies">It computed the copy that it holds, in what was committed.</param>
/// <param name="Lost">It computed what was given up or undone.</param>
public readonly record struct StageShares(double Own, double Copies, double Lost)
{
    /// <summary>It computed: its utilisation.</summary>
    public double Computed => Own + Copies + Lost;
}

/// <summary>How a simulated run went. All times are virtual.</summary>
public sealed record Course
{
    /// <summary>From the beginning to the end, evaluations included, which take no time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>When each version was reached for the first time, 0 among them. Who falls back behind one reaches it once all the same.</summary>
    public required IReadOnlyList<TimeSpan> Reached { get; init; }

    /// <summary>What each stage computed.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>What all stages computed together in <see cref="IterationTimes"/>.</summary>
    public required TimeSpan Trained { get; init; }

    /// <summary>Bytes of tensors that went between machines.</summary>
    public required long BytesMoved { get; init; }

    /// <summary>Tokens of an iteration.</summary>
    public required long TokensPerIteration { get; init; }

    /// <summary>Iterations committed.</summary>
    public int Iterations => Math.Max(Reached.Count - 1, 0);

    /// <summary>From when a version was reached until the next one was, recoveries and what was worked twice included.</summary>
    public IReadOnlyList<TimeSpan> IterationTimes => [.. Reached.Zip(Reached.Skip(1), (from, to) => to - from)];

    /// <summary>Of the iterations' times; null where none was committed.</summary>
    public TimeSpan? Mean => Iterations > 0 ? Training / Iterations : null;

    /// <summary>Of the iterations' times, of two in the middle their mean; null where none was committed.</summary>
    public TimeSpan? Median => Iterations > 0 ? Middle([.. IterationTimes.Order()]) : null;

    /// <summary>The longest iteration; null where none was committed.</summary>
    public TimeSpan? Worst => Iterations > 0 ? IterationTimes.Max() : null;

    /// <summary>What all stages computed together.</summary>
    public StageTime Computed => Stages.Aggregate((sum, stage) => sum + stage);

    /// <summary>The share of stages' time within iterations in which nothing was computed; null where none was committed.</summary>
    public double? Bubble => Iterations > 0 ? 1 - (Trained / (Stages.Count * Training)) : null;

    /// <summary>Tokens of committed iterations over the time that these took; null where none was committed.</summary>
    public double? TokensPerSecond => Iterations > 0 ? Iterations * TokensPerIteration / Training.TotalSeconds : null;

    /// <summary>What each stage did with its time; none where there was no time.</summary>
    public IReadOnlyList<StageShares> Shares => Elapsed > TimeSpan.Zero
        ? [.. Stages.Select(s => new StageShares(s.Own / Elapsed, s.Copies / Elapsed, s.Lost / Elapsed))]
        : [];

    private TimeSpan Training => Reached[^1] - Reached[0];

    private static TimeSpan Middle(TimeSpan[] ordered) => (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;

    /// <summary>Of a play that has ended.</summary>
    internal static Course Of(RunPlan plan, SimulationOutcome end, TimelineRecorder clock)
    {
        // What was still being worked at.
        clock.Meter.Stop(end.End.Elapsed, _ => true);
        return new()
        {
            Elapsed = end.End.Elapsed,
            Reached = clock.Reached,
            Stages = [.. Enumerable.Range(0, plan.Stages).Select(stage => clock.Meter.Of(stage, clock.Reached.Count - 1))],
            Trained = clock.Computed,
            BytesMoved = end.Network.BytesMoved,
            TokensPerIteration = (long)plan.MicroBatches * plan.MicroBatchSize * plan.SequenceLength,
        };
    }
}
