using PipelineRobustness.Models.Families;

namespace PipelineRobustness.Models.Shape;

/// <summary>Cuts a model into blocks of whole layers, and counts what a block costs.</summary>
public static class Cut
{
    /// <summary>
    /// The partition into contiguous blocks of at least one layer that minimizes the cost of the most expensive block,
    /// counted in <see cref="ForwardFlopsPerToken"/> at the longest sequence (at most 2,048 tokens), embedding and head
    /// included. Ties are broken by the smaller sum of squared costs, then by more layers in the earlier blocks.
    /// </summary>
    /// <exception cref="BadInputException">There are fewer than 1 stage or more stages than layers.</exception>
    public static IReadOnlyList<BlockRange> Balanced(ModelConfig config, int stages)
    {
        if (stages < 1 || stages > config.Layers)
            throw new BadInputException(
                $"pipeline.stages: expected a whole number from 1 to {config.Layers} (the model's layers), found {stages}");
        return Ranges(Best(config, stages));
    }

    /// <summary>Number of weights in the block. A tied head is a separate matrix and counts in the block that holds it.</summary>
    public static long Parameters(ModelConfig config, BlockRange range) =>
        DecoderLayout.Of(config, range).Sum(spec => spec.Count);

    /// <summary>Number of weights of the whole model, with a tied matrix counted once, as model cards do.</summary>
    public static long Parameters(ModelConfig config) =>
        DecoderLayout.Of(config).Where(spec => spec.TiedTo is null).Sum(spec => spec.Count);

    /// <summary>
    /// Floating-point operations of one forward pass per token, in sequences of <paramref name="time"/> tokens: two for
    /// each entry of each matrix applied to the token, and 4 x time x heads x head width for each layer's attention
    /// (scores and weighted sum, including the masked half, as is usual). The embedding counts as two additions of a
    /// row.
    /// </summary>
    public static double ForwardFlopsPerToken(ModelConfig config, BlockRange range, int time) =>
        new Flops(config, time).Of(range);

    /// <summary>
    /// Layers cost the same, so a partition is determined by the number of layers in the first and the last block, with
    /// the rest spread evenly.
    /// </summary>
    private static int[] Best(ModelConfig config, int stages)
    {
        if (stages == 1) return [config.Layers];
        var flops = new Flops(config, config.TypicalLength);
        int[]? best = null;
        var bestCost = (Largest: double.PositiveInfinity, Squares: double.PositiveInfinity);
        for (var first = config.Layers - stages + 1; first >= 1; first--)
        {
            for (var last = 1; last <= config.Layers - first - (stages - 2); last++)
            {
                if (Spread(config.Layers, stages, first, last) is not { } layers) continue;
                var cost = Cost(flops, layers);
                if (cost.CompareTo(bestCost) < 0)
                    (best, bestCost) = (layers, cost);
            }
        }
        return best!;
    }

    private static int[]? Spread(int layers, int stages, int first, int last)
    {
        var between = stages - 2;
        var rest = layers - first - last;
        if (between == 0) return rest == 0 ? [first, last] : null;
        var (each, more) = Math.DivRem(rest, between);
        return [first, .. Enumerable.Range(0, between).Select(i => i < more ? each + 1 : each), last];
    }

    private static (double Largest, double Squares) Cost(Flops flops, int[] layers)
    {
        var costs = Ranges(layers).Select(flops.Of).ToArray();
        return (costs.Max(), costs.Sum(cost => cost * cost));
    }

    private static BlockRange[] Ranges(int[] layers)
    {
        var first = 0;
        var ranges = new BlockRange[layers.Length];
        for (var i = 0; i < layers.Length; first += layers[i], i++)
            ranges[i] = new BlockRange(i, layers.Length, first, layers[i]);
        return ranges;
    }

    /// <summary>The cost of a layer, the embedding and the head, computed once.</summary>
    private sealed class Flops
    {
        private readonly double _layer;
        private readonly double _embedding;
        private readonly double _head;

        public Flops(ModelConfig config, int time)
        {
            double hidden = config.Hidden, width = config.EmbeddingWidth;
            var matrices = DecoderLayout.OfLayer(config).Where(spec => spec.Decays).Sum(spec => spec.Count);
            var projection = config.ProjectsEmbedding ? 2 * width * hidden : 0;
            _layer = 2.0 * matrices + 4.0 * time * config.Heads * config.HeadWidth;
            _embedding = 2 * hidden + projection;
            _head = 2 * width * config.VocabularySize + projection;
        }

        public double Of(BlockRange range) =>
            range.LayerCount * _layer + (range.HasEmbedding ? _embedding : 0) + (range.HasHead ? _head : 0);
    }
}
