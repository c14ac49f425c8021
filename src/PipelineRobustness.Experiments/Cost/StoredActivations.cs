using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Experiments.Cost;

/// <summary>
/// What a micro-batch's forward leaves for its backward, in float32 numbers for each of its tokens: what autograd saves, part by
/// part of the decoder. A tensor that two operations save is counted once.
/// </summary>
internal static class StoredActivations
{
    // A token's id is an int64.
    private const long Id = sizeof(long) / sizeof(float);

    /// <summary>A block's whole graph, with what it gives to the next one.</summary>
    public static long Graph(ModelConfig model, BlockRange block) =>
        (block.HasEmbedding ? Embedding(model) : 0) + (block.LayerCount * Layer(model)) + (block.HasHead ? Head(model) : model.Hidden);

    /// <summary>What a block needs to compute its graph again: what came in, and at the end of the model the targets.</summary>
    public static long Input(ModelConfig model, BlockRange block) =>
        (block.HasEmbedding ? Id : model.Hidden) + (block.HasHead ? Id : 0);

    /// <summary>What a block has once, however many micro-batches: ALiBi's mask, or cosines and sines; in float32 numbers.</summary>
    public static long Tables(ModelConfig model, long time) => model.PositionKind switch
    {
        PositionKind.LinearBias => model.Heads * time * time,
        PositionKind.Rotary => 2 * time * model.HeadWidth,
        _ => 0,
    };

    private static long Embedding(ModelConfig model) =>
        Id + (model.ProjectsEmbedding ? model.EmbeddingWidth : 0) + (model.NormedEmbedding ? Norm(model) : 0);

    private static long Layer(ModelConfig model) => Norm(model) + Attention(model) + Norm(model) + FeedForward(model);

    /// <summary>What comes in; mean and reciprocal deviation, or the reciprocal root and the row that it has scaled.</summary>
    private static long Norm(ModelConfig model) => model.Norm == NormKind.Layer ? model.Hidden + 2L : (2L * model.Hidden) + 1;

    /// <summary>
    /// What comes in; queries, keys and values as attention takes them, each key and value as often as queries share it; their
    /// mix, and one number per head.
    /// </summary>
    private static long Attention(ModelConfig model) => model.Hidden + (4L * model.Heads * model.HeadWidth) + model.Heads;

    /// <summary>
    /// What comes in; what goes into the activation function (not into relu, which is known by its result) and comes out; where
    /// there is a gate, what it is multiplied with, and the product.
    /// </summary>
    private static long FeedForward(ModelConfig model)
    {
        var inner = (model.Activation == "relu" ? 1L : 2L) + (model.Gated ? 2 : 0);
        return model.Hidden + (inner * model.Inner);
    }

    /// <summary>
    /// The inputs of the norm and of the maps after it, the logarithms of the probabilities, the target. The scores
    /// themselves are not kept.
    /// </summary>
    private static long Head(ModelConfig model) => (model.FinalNorm ? Norm(model) : 0) + model.Hidden
        + (model.ProjectsEmbedding ? model.EmbeddingWidth : 0) + model.VocabularySize + Id;
}
