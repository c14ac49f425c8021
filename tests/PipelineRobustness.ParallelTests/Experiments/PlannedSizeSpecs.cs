using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>`plan` for models too large to train here, compared with arithmetic by hand.</summary>
public sealed class PlannedSizeSpecs : IDisposable
{
    private const string SixStages =
        "pipeline.stages = 6\ntraining { micro-batches = 4, micro-batch-size = 1, sequence-length = 1024 }\nmodel.preset = ";

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    // GPT-2 XL: 48 layers, hidden 1600, inner 6400, 25 heads, 50,257 token ids, 1,024 positions.
    // A layer: two norms                        2 x 2 x 1600 =      6,400
    //          queries, keys, values   1600 x 4800 +    4800 =  7,684,800
    //          projection              1600 x 1600 +    1600 =  2,561,600
    //          widen                   1600 x 6400 +    6400 = 10,246,400
    //          narrow                  6400 x 1600 +    1600 = 10,241,600
    //                                                          30,740,800
    // Token embedding 50,257 x 1600 = 80,411,200; positions 1,024 x 1600 = 1,638,400; the last norm 2 x 1600 = 3,200.
    //
    // A layer of forward is 2 x 30,720,000 + 4 x 1,024 x 1600 = 67,993,600 operations a token, the head 2 x 80,411,200 =
    // 160,822,400 or 2.37 layers: 50.37 over 6 stages is 8.4, so that no stage has more than 9, and the last 6 and the head.
    private static readonly int[] XlLayers = [8, 9, 9, 8, 8, 6];
    private static readonly long[] XlParameters =
    [
        327_976_000,    // 8 x 30,740,800 + 80,411,200 + 1,638,400
        276_667_200,    // 9 x 30,740,800
        276_667_200,
        245_926_400,    // 8 x 30,740,800
        245_926_400,
        264_859_200,    // 6 x 30,740,800 + 3,200 + 80,411,200, the head's own matrix
    ];

    // Numbers a token leaves for the backward. A layer: two norms' inputs, each with mean and deviation, 2 x 1602; of the
    // attention the norm's result, queries, keys, values and the mix, 5 x 1600, and 25; of the feed-forward part the norm's
    // result 1600 and 2 x 6400. In all 25,629. A block gives 1600; a token's id, or target, takes the room of 2; the head
    // keeps 1602 + 1600 + 50,257 + 2 = 53,461.
    private static readonly long[] XlStored =
    [
        206_634,    // 2 + 8 x 25,629 + 1600
        232_261,    // 9 x 25,629 + 1600
        232_261,
        206_632,    // 8 x 25,629 + 1600
        206_632,
        207_235,    // 6 x 25,629 + 53,461
    ];

    [Fact]
    public void Gpt2_xl_over_six_stages()
    {
        var (costs, model) = Costs("gpt2-xl");
        Assert.Equal(1_557_611_200, Cut.Parameters(model));     // 48 x 30,740,800 + 80,411,200 + 1,638,400 + 3,200
        Assert.Equal(XlLayers, costs.Select(c => c.Block.LayerCount));
        Assert.Equal(XlParameters, costs.Select(c => c.Parameters));
        Assert.Equal(XlParameters.Select(p => 4 * p), costs.Select(c => c.Weights));
        Assert.Equal(XlParameters.Select(p => 4 * p), costs.Select(c => c.Gradients));
        Assert.Equal(XlParameters.Select(p => 8 * p), costs.Select(c => c.Moments));
        Assert.Equal(XlStored.Select(s => 4 * 4096 * s), costs.Select(c => c.Activations));     // float32, 4 x 1,024 tokens
        // 16 bytes for each of 1,638,022,400 weights, and 16,384 for each of 1,291,655 numbers.
        Assert.Equal(26_208_358_400 + 21_162_475_520, costs.Sum(c => c.Memory));
        Assert.Equal(26_214_400, costs[0].Sent);                // 4,096 tokens x 1600 x 4 bytes
        Assert.Equal(321_644_800, costs[0].Tied);               // 80,411,200 x 4 bytes
    }

    [Fact]
    public void Gpt2_xl_with_copies_in_the_middle()
    {
        var (costs, _) = Costs("gpt2-xl\ndefence.copies = middle");
        Assert.Equal([0, 0, 276_667_200, 276_667_200, 245_926_400, 245_926_400], costs.Select(c => c.CopyParameters));
        // Stage 2 has blocks 2 and 1: 2 x 276,667,200 weights of 16 bytes, and 2 x 232,261 numbers of 16,384.
        Assert.Equal(8_853_350_400 + 7_610_728_448, costs[2].Memory);
        // Stage 5 has blocks 5 and 4: 510,785,600 weights, and 413,867 numbers.
        Assert.Equal(8_172_569_600 + 6_780_796_928, costs[5].Memory);
        // Copies of blocks 1 to 4 add 1,045,187,200 weights and 877,786 numbers to the 1,638,022,400 and 1,291,655.
        Assert.Equal(42_931_353_600 + 35_544_121_344, costs.Sum(c => c.Memory));
    }

    [Fact]
    public void Gpt2_xl_recomputed()
    {
        var (costs, _) = Costs("gpt2-xl\ntraining.recompute = true");
        // Of 4,096 tokens what came in (1600 numbers, or 2 for an id, and 2 for a target), of 1,024 the graph; 4 bytes each.
        Assert.Equal(
            [846_405_632, 977_555_456, 977_555_456, 872_579_072, 872_579_072, 875_081_728],
            costs.Select(c => c.Activations));
    }

    // BLOOM 7b1: 30 layers, hidden 4096, inner 16,384, 32 heads, 250,880 token ids, the embedding normed, no positions.
    // A layer: two norms                         2 x 2 x 4096 =      16,384
    //          queries, keys, values   4096 x 12,288 + 12,288 =  50,343,936
    //          projection              4096 x   4096 +   4096 =  16,781,312
    //          widen                   4096 x 16,384 + 16,384 =  67,125,248
    //          narrow                  16,384 x 4096 +   4096 =  67,112,960
    //                                                           201,379,840
    // Token embedding 250,880 x 4096 = 1,027,604,480; its norm, and the last one, 8,192 each.
    //
    // A layer of forward is, at 2,048 tokens, 2 x 201,326,592 + 4 x 2,048 x 4096 = 436,207,616 operations a token, the head
    // 2 x 1,027,604,480 = 2,055,208,960 or 4.71 layers: 34.71 over 6 stages is 5.8, so that no stage has more than 6.
    private static readonly int[] BloomLayers = [5, 6, 6, 6, 6, 1];
    private static readonly long[] BloomParameters =
    [
        2_034_511_872,      // 5 x 201,379,840 + 1,027,604,480 + 8,192
        1_208_279_040,      // 6 x 201,379,840
        1_208_279_040,
        1_208_279_040,
        1_208_279_040,
        1_228_992_512,      // 201,379,840 + 8,192 + 1,027,604,480
    ];

    // A layer leaves 2 x 4098 + 5 x 4096 + 32 + 4096 + 2 x 16,384 = 65,572 numbers a token.
    private static readonly long[] BloomStored =
    [
        336_056,    // 2 + 4098 of the embedding's norm + 5 x 65,572 + 4096
        397_528,    // 6 x 65,572 + 4096
        397_528,
        397_528,
        397_528,
        324_648,    // 65,572 + 4098 + 4096 + 250,880 + 2
    ];

    private const long BloomMask = 134_217_728;     // 32 heads x 1,024 x 1,024 x 4 bytes, of each block and copy

    [Fact]
    public void Bloom_7b1_over_six_stages()
    {
        var (costs, model) = Costs("bloom-7b1");
        Assert.Equal(7_069_016_064, Cut.Parameters(model));     // 30 x 201,379,840 + 1,027,604,480 + 2 x 8,192
        Assert.Equal(BloomLayers, costs.Select(c => c.Block.LayerCount));
        Assert.Equal(BloomParameters, costs.Select(c => c.Parameters));
        Assert.Equal(BloomParameters.Select(p => 4 * p), costs.Select(c => c.Weights));
        Assert.Equal(BloomParameters.Select(p => 8 * p), costs.Select(c => c.Moments));
        Assert.Equal(BloomStored.Select(s => (4 * 4096 * s) + BloomMask), costs.Select(c => c.Activations));
        // 16 bytes for each of 8,096,620,544 weights, 16,384 for each of 2,250,816 numbers, and six masks.
        Assert.Equal(129_545_928_704 + 36_877_369_344 + 805_306_368, costs.Sum(c => c.Memory));
        Assert.Equal(4_110_417_920, costs[0].Tied);             // 1,027,604,480 x 4 bytes
    }

    [Fact]
    public void Bloom_7b1_with_copies_in_the_middle()
    {
        var (costs, _) = Costs("bloom-7b1\ndefence.copies = middle");
        Assert.Equal([0, 0, 1_208_279_040, 1_208_279_040, 1_208_279_040, 1_208_279_040], costs.Select(c => c.CopyParameters));
        // Copies add 4,833,116,160 weights, 4 x 397,528 numbers, and four masks.
        Assert.Equal(
            129_545_928_704 + 77_329_858_560 + 36_877_369_344 + 26_052_395_008 + (10 * BloomMask), costs.Sum(c => c.Memory));
    }

    private (IReadOnlyList<StageCost> Costs, ModelConfig Model) Costs(string preset)
    {
        var run = _files.Read(SixStages + preset).Runs[0];
        var model = new ModelSource(_files.Folder).Of(run).Model.Config;
        return (StageCost.Of(run, model), model);
    }
}
