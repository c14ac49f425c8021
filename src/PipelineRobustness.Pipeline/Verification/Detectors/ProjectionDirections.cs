using System.Collections.Concurrent;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// The directions of the sliced Wasserstein distance: unit vectors whose entries are plus or minus 1 / sqrt(width), drawn from a fixed seed,
/// the same in every run. A pure function, kept since it is asked for at every value.
/// </summary>
internal static class ProjectionDirections
{
    private const ulong Seed = 0;
    private static readonly ConcurrentDictionary<(int Count, int Width), float[]> Known = [];

    /// <summary>So many directions of a width, one after the other.</summary>
    public static float[] Of(int count, int width) => Known.GetOrAdd((count, width), static shape => Draw(shape.Count, shape.Width));

    private static float[] Draw(int count, int width)
    {
        var length = (float)(1 / Math.Sqrt(width));
        return [.. Enumerable.Range(0, count).SelectMany(p => Enumerable.Range(0, width).Select(i => IsPositive(p, i) ? length : -length))];
    }

    private static bool IsPositive(int direction, int entry) => (SeededRandom.Key(Seed, "projection", direction, entry) & 1) == 0;
}
