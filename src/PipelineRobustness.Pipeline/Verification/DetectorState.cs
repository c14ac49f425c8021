using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>The state of a stage's detector at a committed version, as stored in commits and checkpoints.</summary>
/// <param name="Forward">The state for activations.</param>
/// <param name="Backward">The state for gradients.</param>
public sealed record DetectorState(ImmutableArray<byte> Forward, ImmutableArray<byte> Backward)
{
    /// <summary>The most bytes of one direction: 64 KiB for a stage.</summary>
    public const int BytesMost = 32 << 10;

    // The states of all stages travel with every commit, in one message, and are stored in every manifest.
    private const int BytesOfAllMost = 4 << 20;

    /// <summary>The most bytes of one direction in a run of so many stages: with more than 64, those of all stages are limited to 4 MiB.</summary>
    public static int BytesMostWith(int stages) => Math.Min(BytesMost, BytesOfAllMost / 2 / stages);

    /// <summary>The state of a stateless detector.</summary>
    public static DetectorState Empty { get; } = new([], []);

    /// <summary>The state of one direction.</summary>
    public ImmutableArray<byte> In(Direction direction) => direction == Direction.Forward ? Forward : Backward;

    /// <summary>The state of a stage's detector in a list for all stages, which is empty if the detectors are stateless.</summary>
    public static DetectorState Of(ImmutableArray<DetectorState> detectors, int stage) => detectors.IsEmpty ? Empty : detectors[stage];

    /// <summary>With one direction's state replaced.</summary>
    public DetectorState With(Direction direction, ImmutableArray<byte> state) =>
        direction == Direction.Forward ? this with { Forward = state } : this with { Backward = state };
}
