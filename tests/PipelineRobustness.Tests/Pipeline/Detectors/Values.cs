using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Detectors;

/// <summary>Synthetic boundary values, and a detector that judges them one after the other.</summary>
internal static class Values
{
    private const int Rows = 8;
    private const int Width = 12;

    /// <summary>Rows around one mean that all share: a pure function of seed and index.</summary>
    public static Tensor Honest(ulong seed, long index, double scale = 1)
    {
        using var scope = NewDisposeScope();
        var mean = SeededRandom.Normal(SeededRandom.Key(seed, "mean"), [Width]);
        var noise = SeededRandom.Normal(SeededRandom.Key(seed, "noise", index), [1, Rows, Width]);
        return (mean + noise * scale).MoveToOuterDisposeScope();
    }

    public static Finding? Judge(this IDetector detector, IDetectorState state, Tensor value, Direction direction = Direction.Forward)
    {
        using (value) return detector.Inspect(new Observation(direction, 0, value, null), state);
    }

    /// <summary>Judges honest values only.</summary>
    public static void Watch(this IDetector detector, IDetectorState state, ulong seed, int count)
    {
        for (var i = 0; i < count; i++) Assert.Null(detector.Judge(state, Honest(seed, i)));
    }

    public static Finding? Compare(this IDetector detector, Tensor received, Tensor reference, Direction direction = Direction.Forward)
    {
        using (received)
        using (reference)
        {
            return detector.Inspect(new Observation(direction, 0, received, reference), NoDetectorState.Instance);
        }
    }
}
