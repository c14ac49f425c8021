using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>Compares what was sent with what a copy of the sender's block computed, and remembers nothing.</summary>
/// <param name="tolerance">See <see cref="TensorComparison.Same"/>; 0 compares bytes.</param>
public sealed class CopyDetector(double tolerance) : IDetector
{
    /// <inheritdoc/>
    public string Name => "copies";

    /// <inheritdoc/>
    public bool NeedsCopy => true;

    /// <inheritdoc/>
    public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

    /// <inheritdoc/>
    public Finding? Inspect(in Observation observation, IDetectorState state) =>
        TensorComparison.Same(observation.Received, observation.Reference!, tolerance)
            ? null
            : new Finding(TensorComparison.Distance(observation.Received, observation.Reference!));
}
