namespace PipelineRobustness.Models.Shape;

/// <summary>The layers of one stage. Block 0 also has the embedding; block Count-1 also has the final norm and the head.</summary>
/// <param name="Index">Number of the block, from 0.</param>
/// <param name="Count">Number of blocks that the model is cut into.</param>
/// <param name="FirstLayer">First transformer layer, from 0.</param>
/// <param name="LayerCount">Number of transformer layers, at least 1.</param>
public sealed record BlockRange(int Index, int Count, int FirstLayer, int LayerCount)
{
    /// <summary>Whether the block's input is tokens.</summary>
    public bool HasEmbedding => Index == 0;

    /// <summary>Whether the block's output is logits.</summary>
    public bool HasHead => Index == Count - 1;

    /// <summary>The whole model as one block.</summary>
    public static BlockRange Whole(ModelConfig config) => new(0, 1, 0, config.Layers);
}
