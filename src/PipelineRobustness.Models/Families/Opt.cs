using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// OPT (Zhang et al. 2022): ReLU, learned positions with two unused rows, norms before the branches or (350m) after the
/// sums, and a projection in and out if the embedding is narrower than the model.
/// </summary>
internal sealed class Opt : DecoderFamily
{
    private const int UnusedPositions = 2;

    public override string ModelType => "opt";

    public override string Architecture => "OPTForCausalLM";

    public override IReadOnlyList<string> DropoutFields { get; } = ["attention_dropout", "dropout", "activation_dropout", "layerdrop"];

    public override DecoderParts Parts { get; } = new()
    {
        Prefix = "model.",
        TokenEmbedding = "model.decoder.embed_tokens",
        PositionEmbedding = "model.decoder.embed_positions",
        ProjectIn = "model.decoder.project_in",
        Layers = "model.decoder.layers",
        AttentionNorm = "self_attn_layer_norm",
        Queries = "self_attn.q_proj",
        Keys = "self_attn.k_proj",
        Values = "self_attn.v_proj",
        AttentionOut = "self_attn.out_proj",
        FeedForwardNorm = "final_layer_norm",
        Widen = "fc1",
        Narrow = "fc2",
        FinalNorm = "model.decoder.final_layer_norm",
        ProjectOut = "model.decoder.project_out",
    };

    public override ModelConfig Read(JsonInput fields)
    {
        var vocabulary = VocabularySize(fields);
        var hidden = fields.Integer("hidden_size", 1, 1 << 16);
        var (normFirst, bias) = (fields.Flag("do_layer_norm_before", true), fields.Flag("enable_bias", true));
        Require(fields, "layer_norm_elementwise_affine", true);
        return new ModelConfig
        {
            Family = this,
            VocabularySize = vocabulary,
            Positions = fields.Integer("max_position_embeddings", 1, 1 << 24),
            PositionOffset = UnusedPositions,
            Hidden = hidden,
            EmbeddingWidth = fields.Integer("word_embed_proj_dim", 1, 1 << 16, defaultValue: hidden),
            Layers = fields.Integer("num_hidden_layers", 1, 4096),
            Heads = Heads(fields, "num_attention_heads", "hidden_size", hidden),
            Inner = fields.Integer("ffn_dim", 1, 1 << 20),
            NormFirst = normFirst,
            FinalNorm = normFirst && !fields.Flag("_remove_final_layer_norm", false),
            AttentionBias = bias,
            FeedForwardBias = bias,
            InitializerRange = fields.Number("init_std", 0, 1e3, 0.02),
            TiedHead = fields.Flag("tie_word_embeddings", true),
            Activation = Activation(fields, "activation_function", "relu"),
        };
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        json["vocab_size"] = config.VocabularySize;
        json["max_position_embeddings"] = config.Positions;
        json["hidden_size"] = config.Hidden;
        json["word_embed_proj_dim"] = config.EmbeddingWidth;
        json["num_hidden_layers"] = config.Layers;
        json["num_attention_heads"] = config.Heads;
        json["ffn_dim"] = config.Inner;
        json["do_layer_norm_before"] = config.NormFirst;
        json["_remove_final_layer_norm"] = config.NormFirst && !config.FinalNorm;
        json["enable_bias"] = config.AttentionBias;
        json["init_std"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
        json["activation_function"] = config.Activation;
    }
}
