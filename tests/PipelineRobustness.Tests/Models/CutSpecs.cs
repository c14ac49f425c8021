using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>The partition of a model, and the cost of its blocks.</summary>
public sealed class CutSpecs
{
    [Fact]
    public void Every_layer_is_in_one_block_and_the_most_expensive_block_is_minimal()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Models(), model =>
        {
            var (config, stages) = model;
            var cut = Cut.Balanced(config, stages);
            var layers = cut.SelectMany(range => Enumerable.Range(range.FirstLayer, range.LayerCount));
            return layers.SequenceEqual(Enumerable.Range(0, config.Layers))
                && cut.Select((range, index) => range.Index == index && range.Count == stages && range.LayerCount > 0).All(fits => fits)
                && MaximumCost(config, cut) <= Partitions(config.Layers, stages).Min(counts => MaximumCost(config, Ranges(counts)));
        }));
    }

    [Fact]
    public void A_block_with_a_large_head_gets_fewer_layers()
    {
        Assert.Equal([2, 2, 2, 2, 2, 2], Layers("gpt2-nano", 6));
        Assert.Equal([2, 3, 3, 3, 1], Layers("gpt2", 5));
        Assert.Equal([12], Layers("gpt2", 1));
        Assert.Equal(Enumerable.Repeat(1, 12), Layers("gpt2-nano", 12));
    }

    [Theory, InlineData(0), InlineData(-1), InlineData(13)]
    public void Fewer_than_one_stage_or_more_than_layers_are_refused(int stages) =>
        Assert.Equal(
            $"pipeline.stages: expected a whole number from 1 to 12 (the model's layers), found {stages}",
            Assert.Throws<BadInputException>(() => Cut.Balanced(Preset("gpt2"), stages)).Message);

    [Theory]
    [InlineData("gpt2", 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    [InlineData("opt-125m", 125_239_296)]
    [InlineData("opt-350m", 331_196_416)]
    [InlineData("opt-1.3b", 1_315_758_080)]
    [InlineData("opt-6.7b", 6_658_473_984)]
    [InlineData("bloom-560m", 559_214_592)]
    [InlineData("bloom-7b1", 7_069_016_064)]
    [InlineData("llama-1.1b", 1_100_048_384)]
    [InlineData("llama-7b", 6_738_415_616)]
    public void Presets_have_the_sizes_of_the_published_models(string name, long parameters) =>
        Assert.Equal(parameters, Cut.Parameters(Preset(name)));

    [Fact]
    public void Parameter_counts_of_blocks_match_their_tensors()
    {
        var config = Tiny.Config();
        using var cut = Tiny.Cut(config, 3);
        Assert.All(cut.Trainers, trainer => Assert.Equal(
            trainer.Block.Parameters.Sum(parameter => parameter.Value.NumberOfElements),
            Cut.Parameters(config, trainer.Block.Range)));
    }

    [Fact]
    public void Operations_per_token_match_manual_calculation()
    {
        // gpt2-nano: 2 x (3 + 1 + 4 + 4) x 64^2 in a layer's matrices, 4 x 64 x 64 in its attention.
        const double layer = 98_304 + 16_384, embedding = 128, head = 2 * 64 * 257;
        var config = Preset("gpt2-nano");
        Assert.Equal(2 * layer + embedding, Cut.ForwardFlopsPerToken(config, new BlockRange(0, 6, 0, 2), time: 64));
        Assert.Equal(2 * layer, Cut.ForwardFlopsPerToken(config, new BlockRange(1, 6, 2, 2), time: 64));
        Assert.Equal(2 * layer + head, Cut.ForwardFlopsPerToken(config, new BlockRange(5, 6, 10, 2), time: 64));
    }

    private static ModelConfig Preset(string name) =>
        Presets.TryGet(name, out var config) ? config : throw new InvalidOperationException(name);

    private static IEnumerable<int> Layers(string preset, int stages) =>
        Cut.Balanced(Preset(preset), stages).Select(range => range.LayerCount);

    private static double MaximumCost(ModelConfig config, IEnumerable<BlockRange> cut) =>
        cut.Max(range => Cut.ForwardFlopsPerToken(config, range, config.Positions));

    private static IEnumerable<int[]> Partitions(int layers, int stages) => stages == 1
        ? [[layers]]
        : from first in Enumerable.Range(1, layers - stages + 1)
          from rest in Partitions(layers - first, stages - 1)
          select (int[])[first, .. rest];

    private static IEnumerable<BlockRange> Ranges(int[] counts) =>
        counts.Select((count, index) => new BlockRange(index, counts.Length, counts[..index].Sum(), count));

    private static Arbitrary<(ModelConfig Config, int Stages)> Models() => (
        from layers in Gen.Choose(1, 9)
        from stages in Gen.Choose(1, layers)
        from hidden in Gen.Choose(1, 8)
        from vocabulary in Gen.Choose(1, 2000)
        select (Tiny.Config(layers) with { Hidden = 2 * hidden, VocabularySize = vocabulary }, stages)).ToArbitrary();
}
