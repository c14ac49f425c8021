using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>How one matrix for queries, keys and values is cut into heads.</summary>
internal enum FusedOrder
{
    /// <summary>All queries, then all keys, then all values (GPT-2).</summary>
    KindsFirst,

    /// <summary>Head by head its query, key and value (BLOOM).</summary>
    HeadsFirst,
}

/// <summary>
/// What a family calls the parts of a decoder, by Hugging Face's keys, and how its matrices lie. Which of the optional
/// parts a model has, its <see cref="ModelConfig"/> says. Names within a layer are relative to the layer's.
/// </summary>
internal sealed record DecoderParts
{
    /// <summary>What checkpoints of the model without its head leave out at the beginning of their keys.</summary>
    public required string Prefix { get; init; }

    /// <summary>The token embedding.</summary>
    public required string TokenEmbedding { get; init; }

    /// <summary>The learned position embedding.</summary>
    public string PositionEmbedding { get; init; } = "";

    /// <summary>From the embedding's width to the hidden width.</summary>
    public string ProjectIn { get; init; } = "";

    /// <summary>The norm of the embeddings.</summary>
    public string EmbeddingNorm { get; init; } = "";

    /// <summary>What layers' names begin with; a dot and the layer's number follow.</summary>
    public required string Layers { get; init; }

    /// <summary>The norm before (or after) attention.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>The one matrix for queries, keys and values, where there is one.</summary>
    public string? QueriesKeysValues { get; init; }

    /// <summary>How that one is cut.</summary>
    public FusedOrder FusedOrder { get; init; }

    /// <summary>The matrix for queries, where each has its own.</summary>
    public string Queries { get; init; } = "";

    /// <summary>The matrix for keys.</summary>
    public string Keys { get; init; } = "";

    /// <summary>The matrix for values.</summary>
    public string Values { get; init; } = "";

    /// <summary>From the mixed values back to the hidden width.</summary>
    public required string AttentionOut { get; init; }

    /// <summary>The norm before (or after) the feed-forward part.</summary>
    public required string FeedForwardNorm { get; init; }

    /// <summary>The gate of a gated feed-forward part.</summary>
    public string Gate { get; init; } = "";

    /// <summary>From the hidden to the inner width.</summary>
    public required string Widen { get; init; }

    /// <summary>From the inner to the hidden width.</summary>
    public required string Narrow { get; init; }

    /// <summary>The norm before the head.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>From the hidden width to the embedding's.</summary>
    public string ProjectOut { get; init; } = "";

    /// <summary>The head's matrix.</summary>
    public string Head { get; init; } = "lm_head.weight";

    /// <summary>Whether matrices lie as [inputs, outputs], as GPT-2's do.</summary>
    public bool InputsFirst { get; init; }

    /// <summary>Whether what is added to the residual stream starts smaller, by the root of the number of such additions.</summary>
    public bool ScaledResidualInit { get; init; }

    /// <summary>The embedding's matrix.</summary>
    public string TokenEmbeddingWeight => TokenEmbedding + ".weight";

    /// <summary>A layer's name.</summary>
    public string Layer(int layer) => $"{Layers}.{layer}";
}
