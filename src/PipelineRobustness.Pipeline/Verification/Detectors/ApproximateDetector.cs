using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>Compares the numbers of a value with those of a copy, and accepts what is near to them. Equal bytes are always accepted.</summary>
public abstract record ApproximateDetector : IDetector
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public bool NeedsCopy => true;

    /// <inheritdoc/>
    public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

    /// <inheritdoc/>
    public Finding? Inspect(in Observation observation, IDetectorState state)
    {
        if (TensorComparison.Same(observation.Received, observation.Reference!, relativeTolerance: 0)) return null;
        using var received = new FloatRows(observation.Received);
        using var reference = new FloatRows(observation.Reference!);
        return received.Numbers.Length == reference.Numbers.Length
            ? Compare(observation.Direction, received, reference)
            : new Finding(double.PositiveInfinity);
    }

    /// <summary>What is found in a value of other bytes than the copy's, and of as many numbers; null where it is near enough.</summary>
    private protected abstract Finding? Compare(Direction direction, FloatRows received, FloatRows reference);
}
