using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>The order of rows in a fused matrix for queries, keys and values.</summary>
internal enum FusedOrder
{
    /// <summary>All queries, then all keys, then all values (GPT-2).</summary>
    ByProjection,

    /// <summary>For each head its query, key and value (BLOOM).</summary>
    ByHead,
}

/// <summary>
/// The names of a decoder's parts in a family, by Hugging Face's keys, and the orientation of its matrices. The <see
/// cref="ModelConfig"/> says which optional parts a model has. Names within a layer are relative to the layer's name.
/// </summary>
internal sealed record DecoderParts
{
    /// <summary>The prefix that is missing from the keys of a model saved without its head.</summary>
    public required string Prefix { get; init; }

    /// <summary>The token embedding.</summary>
    public required string TokenEmbedding { get; init; }

    /// <summary>The learned position embedding.</summary>
    public string PositionEmbedding { get; init; } = "";

    /// <summary>The projection from the embedding's width to the hidden width.</summary>
    public string ProjectIn { get; init; } = "";

    /// <summary>The norm of the embeddings.</summary>
    public string EmbeddingNorm { get; init; } = "";

    /// <summary>The prefix of layer names, followed by a dot and the layer's number.</summary>
    public required string Layers { get; init; }

    /// <summary>The norm before (or after) attention.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>The fused matrix for queries, keys and values, or null if each has its own.</summary>
    public string? QueriesKeysValues { get; init; }

    /// <summary>The order of rows in the fused matrix.</summary>
    public FusedOrder FusedOrder { get; init; }

    /// <summary>The matrix for queries, if each has its own.</summary>
    public string Queries { get; init; } = "";

    /// <summary>The matrix for keys.</summary>
    public string Keys { get; init; } = "";

    /// <summary>The matrix for values.</summary>
    public string Values { get; init; } = "";

    /// <summary>The projection from the attention output to the hidden width.</summary>
    public required string AttentionOut { get; init; }

    /// <summary>The norm before (or after) the feed-forward network.</summary>
    public required string FeedForwardNorm { get; init; }

    /// <summary>The gate of a gated feed-forward network.</summary>
    public string Gate { get; init; } = "";

    /// <summary>The map from the hidden to the inner width.</summary>
    public required string Widen { get; init; }

    /// <summary>The map from the inner to the hidden width.</summary>
    public required string Narrow { get; init; }

    /// <summary>The norm before the head.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>The projection from the hidden width to the embedding's width.</summary>
    public string ProjectOut { get; init; } = "";

    /// <summary>The head's matrix.</summary>
    public string Head { get; init; } = "lm_head.weight";

    /// <summary>Whether matrices are stored as [inputs, outputs], as in GPT-2.</summary>
    public bool InputsFirst { get; init; }

    /// <summary>Whether maps into the residual stream are initialized smaller, divided by the square root of their number.</summary>
    public bool ScaledResidualInit { get; init; }

    /// <summary>The embedding's matrix.</summary>
    public string TokenEmbeddingWeight => TokenEmbedding + ".weight";

    /// <summary>A layer's name.</summary>
    public string Layer(int layer) => $"{Layers}.{layer}";
}
