using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>What a stage did with its time, in shares of the whole run.</summary>
/// <param name="Own">Computing its own block, in work that was committed.</param>
/// <param name="Copies">Computing the copy that it holds, in work that was committed.</param>
/// <param name="Lost">Computing what was later abandoned or undone.</param>
public readonly record struct StageShares(double Own, double Copies, double Lost)
{
    /// <summary>Its utilisation: the share of time in which it computed anything.</summary>
    public double Computed => Own + Copies + Lost;
}

/// <summary>The times of a simulated run. All are virtual.</summary>
public sealed record RunTimeline
{
    /// <summary>From the beginning to the end. Evaluations take no virtual time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>When each version was reached for the first time, version 0 included. A run that falls back reaches each version once.</summary>
    public required IReadOnlyList<TimeSpan> Reached { get; init; }

    /// <summary>What each stage computed.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>What all stages together computed in <see cref="IterationTimes"/>.</summary>
    public required TimeSpan Trained { get; init; }

    /// <summary>Bytes of tensors that were sent between machines.</summary>
    public required long BytesMoved { get; init; }

    /// <summary>Tokens of an iteration.</summary>
    public required long TokensPerIteration { get; init; }

    /// <summary>Iterations committed.</summary>
    public int Iterations => Math.Max(Reached.Count - 1, 0);

    /// <summary>The time from each version to the next, recoveries and repeated work included.</summary>
    public IReadOnlyList<TimeSpan> IterationTimes => [.. Reached.Zip(Reached.Skip(1), (from, to) => to - from)];

    /// <summary>The mean iteration time; null where no iteration was committed.</summary>
    public TimeSpan? Mean => Iterations > 0 ? Training / Iterations : null;

    /// <summary>The median iteration time; null where no iteration was committed.</summary>
    public TimeSpan? Median => Iterations > 0 ? Middle([.. IterationTimes.Order()]) : null;

    /// <summary>The longest iteration time; null where no iteration was committed.</summary>
    public TimeSpan? Worst => Iterations > 0 ? IterationTimes.Max() : null;

    /// <summary>What all stages computed together.</summary>
    public StageTime Computed => Stages.Aggregate((sum, stage) => sum + stage);

    /// <summary>The share of stages' time within iterations in which nothing was computed; null where no iteration was committed.</summary>
    public double? Bubble => Iterations > 0 ? 1 - (Trained / (Stages.Count * Training)) : null;

    /// <summary>Tokens of committed iterations over the time that these took; null where no iteration was committed.</summary>
    public double? TokensPerSecond => Iterations > 0 ? Iterations * TokensPerIteration / Training.TotalSeconds : null;

    /// <summary>What each stage did with its time; empty where no time passed.</summary>
    public IReadOnlyList<StageShares> Shares => Elapsed > TimeSpan.Zero
        ? [.. Stages.Select(s => new StageShares(s.Own / Elapsed, s.Copies / Elapsed, s.Lost / Elapsed))]
        : [];

    private TimeSpan Training => Reached[^1] - Reached[0];

    /// <summary>The timeline of a simulation that has ended.</summary>
    internal static RunTimeline Of(RunPlan plan, SimulationOutcome outcome, TimelineRecorder recorder)
    {
        // Work that was still under way ends with the run.
        recorder.Meter.Stop(outcome.End.Elapsed, _ => true);
        return new()
        {
            Elapsed = outcome.End.Elapsed,
            Reached = recorder.Reached,
            Stages = [.. Enumerable.Range(0, plan.Stages).Select(stage => recorder.Meter.Of(stage, recorder.Reached.Count - 1))],
            Trained = recorder.Computed,
            BytesMoved = outcome.Network.BytesMoved,
            TokensPerIteration = (long)plan.MicroBatches * plan.MicroBatchSize * plan.SequenceLength,
        };
    }

    private static TimeSpan Middle(TimeSpan[] ordered) => (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
}
