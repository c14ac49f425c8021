using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>One direction of one pass as a stage's detector sees it, from the last commit's state on.</summary>
/// <param name="detector">The detector.</param>
/// <param name="stages">The number of stages.</param>
/// <param name="stage">The stage that inspects.</param>
/// <param name="work">The pass.</param>
/// <param name="direction">The direction.</param>
/// <param name="committed">The detector's state at the last commit.</param>
internal sealed class Inspection(IDetector detector, int stages, int stage, StepId work, Direction direction, ImmutableArray<byte> committed)
{
    private readonly ImmutableArray<Verdict>.Builder _verdicts = ImmutableArray.CreateBuilder<Verdict>();
    private readonly IDetectorState _state = detector.Restore(direction, committed.AsSpan());

    /// <summary>Which pass.</summary>
    public StepId Work => work;

    /// <summary>Micro-batches so far, including those that could not be inspected.</summary>
    public int MicroBatches { get; private set; }

    /// <summary>Inspects a value.</summary>
    /// <returns>Whether it is rejected.</returns>
    public bool Rejects(Inspect value)
    {
        MicroBatches++;
        var finding = detector.Inspect(new Observation(direction, value.MicroBatch, value.Received, value.Reference), _state);
        if (finding is null) return false;
        _verdicts.Add(new Verdict(
            work.Iteration, work.Attempt, work.Pass, value.MicroBatch, direction, value.Suspect, stage, finding.Distance));
        return true;
    }

    /// <summary>Counts a micro-batch that cannot be inspected.</summary>
    public void Skip() => MicroBatches++;

    /// <summary>The report to the server.</summary>
    /// <exception cref="InvalidOperationException">The detector's state exceeds the limit.</exception>
    public PassChecked Report()
    {
        var (state, most) = (_state.Save(), DetectorState.BytesMostWith(stages));
        return state.Length <= most
            ? new PassChecked(work, direction, stage, _verdicts.ToImmutable(), [.. state])
            : throw new InvalidOperationException(
                $"detector {detector.Name} of stage {stage}: expected a state of at most {most} bytes {direction}, found {state.Length}");
    }
}
