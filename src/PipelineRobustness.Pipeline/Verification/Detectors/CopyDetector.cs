using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>Compares what was sent with what a copy of the sender's block computed: bytes, or within <c>defence.tolerance</c>.</summary>
public sealed record CopyDetector : IDetector
{
    /// <summary>See <see cref="TensorComparison.Same"/>; 0 compares bytes. It is <c>defence.tolerance</c>, which the sums of gradients share.</summary>
    public double Tolerance { get; init; }

    /// <inheritdoc/>
    public string Name => "copies";

    /// <inheritdoc/>
    public bool NeedsCopy => true;

    /// <inheritdoc/>
    public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

    /// <inheritdoc/>
    public Finding? Inspect(in Observation observation, IDetectorState state) =>
        TensorComparison.Same(observation.Received, observation.Reference!, Tolerance)
            ? null
            : new Finding(TensorComparison.Distance(observation.Received, observation.Reference!));
}
