using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>What a stage's detector remembers at a committed version, as it travels with commits and lies in checkpoints.</summary>
/// <param name="Forward">Of activations.</param>
/// <param name="Backward">Of gradients.</param>
public sealed record DetectorState(ImmutableArray<byte> Forward, ImmutableArray<byte> Backward)
{
    /// <summary>The most bytes of one direction: 64 KiB for a stage.</summary>
    public const int BytesMost = 32 << 10;

    /// <summary>Of a detector that has nothing to remember.</summary>
    public static DetectorState Empty { get; } = new([], []);

    /// <summary>The state of one direction.</summary>
    public ImmutableArray<byte> In(Direction direction) => direction == Direction.Forward ? Forward : Backward;

    /// <summary>The state of a stage's detector among those of all stages, of which none is listed where no detector remembers anything.</summary>
    public static DetectorState Of(ImmutableArray<DetectorState> detectors, int stage) => detectors.IsEmpty ? Empty : detectors[stage];

    /// <summary>With one direction's state replaced.</summary>
    public DetectorState With(Direction direction, ImmutableArray<byte> state) =>
        direction == Direction.Forward ? this with { Forward = state } : this with { Backward = state };
}
