using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>Where in an iteration.</summary>
public enum IterationPhase
{
    /// <summary>Before a micro-batch goes forward.</summary>
    Forward,

    /// <summary>Before a micro-batch goes backward.</summary>
    Backward,

    /// <summary>When a stage has summed its gradients, before it reports them.</summary>
    Prepared,

    /// <summary>When a stage is asked what it worked on, since two have stated different things; on the server's node, before its referee works.</summary>
    Hearing,

    /// <summary>When a stage has stepped to the next version; others may not have.</summary>
    Committed,
}

/// <summary>A logical instant of a run.</summary>
/// <param name="Iteration">The iteration, counted from 0.</param>
/// <param name="Phase">Where in it.</param>
/// <param name="MicroBatch">Which micro-batch; null for the first that gets there.</param>
public sealed record Instant(long Iteration, IterationPhase Phase = IterationPhase.Forward, int? MicroBatch = null);

/// <summary>A point that a stage has reached in its work.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Phase">Where in it.</param>
/// <param name="MicroBatch">The micro-batch; null where it is behind all of them.</param>
/// <param name="Stage">The stage.</param>
public readonly record struct WorkPoint(long Iteration, IterationPhase Phase, int? MicroBatch, int Stage)
{
    /// <summary>Where a stage computes a micro-batch in a direction.</summary>
    internal static WorkPoint Of(long iteration, Direction direction, int microBatch, int stage) =>
        new(iteration, direction == Direction.Forward ? IterationPhase.Forward : IterationPhase.Backward, microBatch, stage);
}
