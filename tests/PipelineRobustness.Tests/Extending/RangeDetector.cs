using System.Buffers.Binary;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Extending;

/// <summary>
/// Rejects a value whose norm is far from the running mean of the norms before it. It needs no copy, and remembers two numbers
/// for each direction. What it rejects does not enter the mean.
/// </summary>
public sealed record RangeDetector : IDetector
{
    private const double Decay = 0.9;

    /// <summary>How many times larger or smaller than the mean a norm may be.</summary>
    [Setting(1)]
    public double Factor { get; init; } = 3;

    /// <summary>How many values are accepted unseen.</summary>
    [Setting(0, 1_000_000_000)]
    public int WarmUp { get; init; } = 100;

    /// <inheritdoc/>
    public string Name => "range";

    /// <inheritdoc/>
    public bool NeedsCopy => false;

    /// <inheritdoc/>
    public int StateBytes(int hidden) => sizeof(long) + sizeof(double);

    /// <inheritdoc/>
    public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => saved.IsEmpty
        ? new Seen()
        : new Seen { Count = BinaryPrimitives.ReadInt64LittleEndian(saved), Mean = BinaryPrimitives.ReadDoubleLittleEndian(saved[8..]) };

    /// <inheritdoc/>
    public Finding? Inspect(in Observation observation, IDetectorState state)
    {
        var seen = (Seen)state;
        using var norm = observation.Received.norm();
        double value = norm.item<float>();
        var ratio = value / seen.Mean;
        // A value that is not finite passes neither comparison.
        if (seen.Count >= WarmUp && !(ratio <= Factor && ratio >= 1 / Factor)) return new Finding(ratio);
        seen.Mean = seen.Count == 0 ? value : (Decay * seen.Mean) + ((1 - Decay) * value);
        seen.Count++;
        return null;
    }

    private sealed class Seen : IDetectorState
    {
        public long Count { get; set; }

        public double Mean { get; set; }

        public byte[] Save()
        {
            var saved = new byte[16];
            BinaryPrimitives.WriteInt64LittleEndian(saved, Count);
            BinaryPrimitives.WriteDoubleLittleEndian(saved.AsSpan(8), Mean);
            return saved;
        }
    }
}
