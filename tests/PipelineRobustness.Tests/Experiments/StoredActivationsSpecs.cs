using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Stages;
using PipelineRobustness.Tests.Ground;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The activations that `plan` predicts, compared with those that autograd keeps.</summary>
public sealed class StoredActivationsSpecs
{
    private const int MicroBatches = 4;
    private const int Time = 512;
    private const int Measurements = 5;
    // The nodes of the graph themselves are some kilobytes for each operation.
    private const double Tolerance = 0.03;

    private static readonly ModelConfig Gpt2 = Small("gpt2");

    public static TheoryData<int, int> Blocks => new() { { 1, 0 }, { 3, 0 }, { 3, 1 }, { 3, 2 } };

    public static TheoryData<string, int> Families
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var preset in new[] { "gpt2", "opt-125m", "opt-350m", "bloom-560m", "llama-1.1b" })
            {
                for (var block = 0; block < 3; block++) all.Add(preset, block);
            }

            return all;
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void A_block_stores_the_activations_of_the_formula(string preset, int block)
    {
        var model = Small(preset);
        var range = Cut.Balanced(model, 3)[block];
        AssertNear(MicroBatches * Time * sizeof(float) * StoredActivations.Graph(model, range), Kept(model, range, recompute: false));
    }

    [Theory, MemberData(nameof(Blocks))]
    public void A_block_that_recomputes_stores_only_its_inputs(int stages, int block)
    {
        var range = Cut.Balanced(Gpt2, stages)[block];
        AssertNear(MicroBatches * Time * sizeof(float) * StoredActivations.Input(Gpt2, range), Kept(Gpt2, range, recompute: true));
    }

    // A preset's parts in another size.
    private static ModelConfig Small(string preset)
    {
        Assert.True(Presets.TryGet(preset, out var model));
        return model with
        {
            Layers = 6,
            Hidden = 128,
            EmbeddingWidth = model.ProjectsEmbedding ? 64 : 128,
            Heads = 4,
            KeyValueHeads = model.KeyValueHeads < model.Heads ? 2 : 4,
            HeadWidth = 32,
            Inner = 512,
            VocabularySize = 1000,
        };
    }

    // The runtime allocates some kilobytes of its own meanwhile, and so do threads that earlier tests left.
    private static void AssertNear(long expected, long found) =>
        Assert.True(Math.Abs(found - expected) <= (Tolerance * expected) + 131_072, $"expected {expected:#,0}, found {found:#,0} bytes");

    // The median of several: the runtime's own threads allocate, and let go, in the same heap meanwhile.
    private static long Kept(ModelConfig model, BlockRange range, bool recompute) =>
        Enumerable.Range(0, Measurements).Select(_ => KeptOnce(model, range, recompute)).Order().ElementAt(Measurements / 2);

    private static long KeptOnce(ModelConfig model, BlockRange range, bool recompute)
    {
        using var scope = NewDisposeScope();
        var trainer = new BlockTrainer(new Block(model, range, new SeededWeights(model, 1)), new AdamWSettings(0.9, 0.999, 1e-8, 0));
        using var work = new BlockRunner(trainer, MicroBatches, recompute);
        // Memory that libraries allocate at their first use, and keep, is not for activations.
        ForwardAll(work, model, range);
        work.Forget();
        var before = NativeHeap.Bytes;
        ForwardAll(work, model, range);
        return NativeHeap.Bytes - before;
    }

    private static void ForwardAll(BlockRunner work, ModelConfig model, BlockRange range)
    {
        for (var m = 0; m < MicroBatches; m++) Forward(work, model, range, m);
    }

    // The result is disposed of: it is the next stage's.
    private static void Forward(BlockRunner work, ModelConfig model, BlockRange range, int microBatch)
    {
        var input = range.HasEmbedding ? zeros([1, Time], int64) : ones([1, Time, model.Hidden]);
        var targets = range.HasHead ? zeros([1, Time], int64) : null;
        work.Forward(microBatch, input.DetachFromDisposeScope(), targets?.DetachFromDisposeScope()).Dispose();
    }
}
