using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;

namespace PipelineRobustness.Tests.Models;

/// <summary>A model and a text that train in milliseconds.</summary>
internal static class Tiny
{
    public const int Time = 8, MicroBatches = 3, MicroBatchSize = 2;
    public const double Clip = 0.5;   // below the actual norms, so that clipping has an effect

    public static AdamWSettings Settings { get; } = new(0.9, 0.999, 1e-8, 0.01);

    public static LinearSchedule Schedule { get; } = new(1e-2, 2, 50);

    public static ModelConfig Config(int layers = 4, bool tied = true) => new()
    {
        Layers = layers,
        Hidden = 16,
        Heads = 2,
        VocabularySize = ByteTokenizer.Size,
        Positions = 16,
        TiedHead = tied,
    };

    public static int[] Tokens(int count, ulong seed = 1) =>
        [.. Enumerable.Range(0, count).Select(i => SeededRandom.Below(SeededRandom.Key(seed, "tiny text", i), 256))];

    public static TrainingWindows Windows(ulong seed = 7, long firstWindow = 0) =>
        new(Tokens(200), Time, MicroBatches, MicroBatchSize, seed, firstWindow);

    public static PlainLoop Loop(ModelConfig config, IReadOnlyList<BlockRange>? clipPerBlock = null, ulong seed = 7) =>
        new(config, new SeededWeights(config, seed), Settings, Schedule, Clip, Windows(), MicroBatches, clipPerBlock);

    public static CutModel Cut(ModelConfig config, int stages, ulong seed = 7) =>
        new(config, stages, new SeededWeights(config, seed), Settings);

    public static string StateFingerprint(this PlainLoop loop)
    {
        using var state = loop.Capture();
        return Fingerprint.State(state.Parameters, 0);
    }
}
