using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>A value that a stage received in training, one per micro-batch and direction, in ascending micro-batches.</summary>
/// <param name="Direction">Which way the pass goes.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Received">
/// The activation or gradient [batch, time, hidden], or the last stage's loss (a scalar, to the holder of its copy). The detector must not keep it.
/// </param>
/// <param name="Reference">What a copy of the sender's block computed, of the same shape; null where the detector needs no copy.</param>
public readonly record struct Observation(Direction Direction, int MicroBatch, Tensor Received, Tensor? Reference);

/// <summary>A detector's result where it rejects a value.</summary>
/// <param name="Distance">How far the value is from what was expected; the detector's own measure, for the log.</param>
public sealed record Finding(double Distance);

/// <summary>
/// Inspects the values that a stage receives, and rejects those that an honest sender cannot have computed. A checking stage
/// has one detector, which judges every micro-batch before the stage uses the value. Its properties with <c>[Setting]</c> are options
/// of <c>defence.detector</c>, and nothing else in it varies.
/// <para>
/// What it remembers from earlier micro-batches and iterations is its <em>state</em>, one for each direction. Every attempt begins
/// with the state of the last commit and what the attempt adds is kept by its commit or dropped with it, so the state is a
/// pure function of the committed values; it outlives stages, servers and processes.
/// </para>
/// </summary>
public interface IDetector
{
    /// <summary>Its name: the <c>kind</c> of <c>defence.detector</c> that chooses it.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it compares with a copy's value. If so, the stages that hold copies check the copied stages; otherwise every
    /// stage checks both of its neighbours.
    /// </summary>
    bool NeedsCopy { get; }

    /// <summary>
    /// The most bytes of its state for one direction, where values are of that width, so that what does not fit is refused before a run
    /// begins; 0 where that is not known before.
    /// </summary>
    int StateBytes(int hidden) => 0;

    /// <summary>The state saved in <paramref name="saved"/>; if that is empty, the initial state.</summary>
    /// <param name="direction">The state's direction.</param>
    /// <param name="saved">From <see cref="IDetectorState.Save"/>.</param>
    IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved);

    /// <summary>Judges a value. The result depends on nothing but the arguments.</summary>
    /// <param name="observation">The value.</param>
    /// <param name="state">The state of its direction, which is changed in place.</param>
    /// <returns>Null if the value is accepted.</returns>
    Finding? Inspect(in Observation observation, IDetectorState state);
}

/// <summary>A detector's state for one direction.</summary>
public interface IDetectorState
{
    /// <summary>All of it, at most <see cref="DetectorState.BytesMostWith"/> bytes; none where there is nothing to remember.</summary>
    byte[] Save();
}

/// <summary>The state of a stateless detector.</summary>
public sealed class NoDetectorState : IDetectorState
{
    /// <summary>The one instance.</summary>
    public static NoDetectorState Instance { get; } = new();

    private NoDetectorState()
    {
    }

    /// <inheritdoc/>
    public byte[] Save() => [];
}
