using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// BLOOM (Le Scao et al. 2022): ALiBi instead of a position embedding, a norm on the embeddings, and one matrix for
/// queries, keys and values, ordered by head. Its <c>config.json</c> has older and newer field names.
/// </summary>
internal sealed class Bloom : DecoderFamily
{
    private static readonly string[] HiddenNames = ["hidden_size", "n_embed"];
    private static readonly string[] LayerNames = ["n_layer", "num_hidden_layers"];
    private static readonly string[] HeadNames = ["n_head", "num_attention_heads"];

    public override string ModelType => "bloom";

    public override string Architecture => "BloomForCausalLM";

    public override IReadOnlyList<string> DropoutFields { get; } = ["attention_dropout", "hidden_dropout"];

    public override DecoderParts Parts { get; } = new()
    {
        Prefix = "transformer.",
        TokenEmbedding = "transformer.word_embeddings",
        EmbeddingNorm = "transformer.word_embeddings_layernorm",
        Layers = "transformer.h",
        AttentionNorm = "input_layernorm",
        QueriesKeysValues = "self_attention.query_key_value",
        FusedOrder = FusedOrder.ByHead,
        AttentionOut = "self_attention.dense",
        FeedForwardNorm = "post_attention_layernorm",
        Widen = "mlp.dense_h_to_4h",
        Narrow = "mlp.dense_4h_to_h",
        FinalNorm = "transformer.ln_f",
    };

    public override ModelConfig Read(JsonInput fields)
    {
        var vocabulary = VocabularySize(fields);
        var hiddenName = fields.NameInUse(HiddenNames);
        var hidden = fields.Integer(hiddenName, 1, 1 << 16);
        return new ModelConfig
        {
            Family = this,
            VocabularySize = vocabulary,
            Positions = ModelConfig.AnyLength,
            PositionKind = PositionKind.LinearBias,
            Hidden = hidden,
            Layers = fields.Integer(fields.NameInUse(LayerNames), 1, 4096),
            Heads = Heads(fields, fields.NameInUse(HeadNames), hiddenName, hidden),
            NormEpsilon = fields.Number("layer_norm_epsilon", 0, 1, 1e-5),
            NormedEmbedding = true,
            ResidualFromNorm = fields.Flag("apply_residual_connection_post_layernorm", false),
            InitializerRange = fields.Number("initializer_range", 0, 1e3, 0.02),
            TiedHead = fields.Flag("tie_word_embeddings", true),
        };
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        json["vocab_size"] = config.VocabularySize;
        Write(json, config.Hidden, HiddenNames);
        Write(json, config.Layers, LayerNames);
        Write(json, config.Heads, HeadNames);
        json["layer_norm_epsilon"] = config.NormEpsilon;
        json["apply_residual_connection_post_layernorm"] = config.ResidualFromNorm;
        json["initializer_range"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
    }
}
