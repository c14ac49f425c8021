using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// LLaMA (Touvron et al. 2023): rotary positions, root-mean-square norms, a gated feed-forward network, no biases;
/// several query heads may share a key and value head.
/// </summary>
internal sealed class Llama : DecoderFamily
{
    public override string ModelType => "llama";

    public override string Architecture => "LlamaForCausalLM";

    public override IReadOnlyList<string> DropoutFields { get; } = ["attention_dropout"];

    public override DecoderParts Parts { get; } = new()
    {
        Prefix = "model.",
        TokenEmbedding = "model.embed_tokens",
        Layers = "model.layers",
        AttentionNorm = "input_layernorm",
        Queries = "self_attn.q_proj",
        Keys = "self_attn.k_proj",
        Values = "self_attn.v_proj",
        AttentionOut = "self_attn.o_proj",
        FeedForwardNorm = "post_attention_layernorm",
        Gate = "mlp.gate_proj",
        Widen = "mlp.up_proj",
        Narrow = "mlp.down_proj",
        FinalNorm = "model.norm",
    };

    public override ModelConfig Read(JsonInput fields)
    {
        var vocabulary = VocabularySize(fields);
        var hidden = fields.Integer("hidden_size", 1, 1 << 16);
        var heads = fields.Integer("num_attention_heads", 1, 1 << 16);
        var positions = fields.Integer("max_position_embeddings", 1, 1 << 24, defaultValue: 2048);
        var (rotaryBase, scaling) = RotaryFields.Read(fields, positions);
        return new ModelConfig
        {
            Family = this,
            VocabularySize = vocabulary,
            Positions = positions,
            PositionKind = PositionKind.Rotary,
            RotaryBase = rotaryBase,
            RotaryScaling = scaling,
            Hidden = hidden,
            Layers = fields.Integer("num_hidden_layers", 1, 4096),
            Heads = heads,
            KeyValueHeads = KeyValueHeads(fields, heads),
            HeadWidth = HeadWidth(fields, hidden, heads, least: scaling is DynamicScaling ? 4 : 2),
            Inner = fields.Integer("intermediate_size", 1, 1 << 20),
            Gated = true,
            Norm = NormKind.RootMeanSquare,
            NormEpsilon = fields.Number("rms_norm_eps", 0, 1, 1e-6),
            AttentionBias = fields.Flag("attention_bias", false),
            FeedForwardBias = fields.Flag("mlp_bias", false),
            InitializerRange = fields.Number("initializer_range", 0, 1e3, 0.02),
            TiedHead = fields.Flag("tie_word_embeddings", false),
            Activation = Activation(fields, "hidden_act", "silu"),
        };
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        json["vocab_size"] = config.VocabularySize;
        json["max_position_embeddings"] = config.Positions;
        RotaryFields.Write(config, json);
        json["hidden_size"] = config.Hidden;
        json["num_hidden_layers"] = config.Layers;
        json["num_attention_heads"] = config.Heads;
        json["num_key_value_heads"] = config.KeyValueHeads;
        if (config.HeadWidth * config.Heads != config.Hidden || json.ContainsKey("head_dim"))
            json["head_dim"] = config.HeadWidth;
        json["intermediate_size"] = config.Inner;
        json["rms_norm_eps"] = config.NormEpsilon;
        json["attention_bias"] = config.AttentionBias;
        json["mlp_bias"] = config.FeedForwardBias;
        json["initializer_range"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
        json["hidden_act"] = config.Activation;
    }

    /// <summary>The rotary frequencies.</summary>
    public override bool IsBuffer(string key) => key.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);

    private static int KeyValueHeads(JsonInput fields, int heads)
    {
        var shared = fields.Integer("num_key_value_heads", 1, 1 << 16, defaultValue: heads);
        return heads % shared == 0
            ? shared
            : throw fields.Bad("num_key_value_heads", $"a divisor of num_attention_heads ({heads})", $"{shared}");
    }

    /// <summary>Dynamic scaling has no exponent for a width of 2.</summary>
    private static int HeadWidth(JsonInput fields, int hidden, int heads, int least)
    {
        if (!fields.Has("head_dim"))
            Heads(fields, "num_attention_heads", "hidden_size", hidden);
        var width = fields.Integer("head_dim", 2, 1 << 16, defaultValue: hidden / heads);
        if (width % 2 != 0) throw fields.Bad("num_attention_heads", "heads of an even width, since positions rotate pairs", $"{width}");
        return width >= least
            ? width
            : throw fields.Bad("num_attention_heads", $"heads of a width of at least {least} with dynamic scaling", $"{width}");
    }
}
