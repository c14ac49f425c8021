using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>GPT-2 (Radford et al. 2019): learned positions, norms before the branches, matrices stored as [inputs, outputs].</summary>
internal sealed class Gpt2 : DecoderFamily
{
    private static readonly string[] PositionNames = ["n_positions", "max_position_embeddings"];
    private static readonly string[] HiddenNames = ["n_embd", "hidden_size"];
    private static readonly string[] LayerNames = ["n_layer", "num_hidden_layers"];
    private static readonly string[] HeadNames = ["n_head", "num_attention_heads"];

    public override string ModelType => "gpt2";

    public override string Architecture => "GPT2LMHeadModel";

    public override IReadOnlyList<string> DropoutFields { get; } = ["attn_pdrop", "embd_pdrop", "resid_pdrop"];

    public override DecoderParts Parts { get; } = new()
    {
        Prefix = "transformer.",
        TokenEmbedding = "transformer.wte",
        PositionEmbedding = "transformer.wpe",
        Layers = "transformer.h",
        AttentionNorm = "ln_1",
        QueriesKeysValues = "attn.c_attn",
        AttentionOut = "attn.c_proj",
        FeedForwardNorm = "ln_2",
        Widen = "mlp.c_fc",
        Narrow = "mlp.c_proj",
        FinalNorm = "transformer.ln_f",
        InputsFirst = true,
        ScaledResidualInit = true,
    };

    public override ModelConfig Read(JsonInput fields)
    {
        var vocabulary = VocabularySize(fields);
        var hiddenName = fields.NameInUse(HiddenNames);
        var hidden = fields.Integer(hiddenName, 1, 1 << 16);
        Require(fields, "add_cross_attention", false);
        return new ModelConfig
        {
            Family = this,
            VocabularySize = vocabulary,
            Positions = fields.Integer(fields.NameInUse(PositionNames), 1, 1 << 24),
            Hidden = hidden,
            Layers = fields.Integer(fields.NameInUse(LayerNames), 1, 4096),
            Heads = Heads(fields, fields.NameInUse(HeadNames), hiddenName, hidden),
            Inner = fields.Integer("n_inner", 1, 1 << 20, defaultValue: 0),
            NormEpsilon = fields.Number("layer_norm_epsilon", 0, 1, 1e-5),
            InitializerRange = fields.Number("initializer_range", 0, 1e3, 0.02),
            TiedHead = fields.Flag("tie_word_embeddings", true),
            Activation = Activation(fields, "activation_function", "gelu_new"),
            ScaledAttention = fields.Flag("scale_attn_weights", true),
            AttentionScaledByLayer = fields.Flag("scale_attn_by_inverse_layer_idx", false),
        };
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        json["vocab_size"] = config.VocabularySize;
        Write(json, config.Positions, PositionNames);
        Write(json, config.Hidden, HiddenNames);
        Write(json, config.Layers, LayerNames);
        Write(json, config.Heads, HeadNames);
        json["n_inner"] = config.Inner == 4 * config.Hidden ? null : config.Inner;
        json["layer_norm_epsilon"] = config.NormEpsilon;
        json["initializer_range"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
        json["activation_function"] = config.Activation;
        json["scale_attn_weights"] = config.ScaledAttention;
        json["scale_attn_by_inverse_layer_idx"] = config.AttentionScaledByLayer;
    }

    public override void WriteToolFields(ModelConfig config, JsonObject json)
    {
        base.WriteToolFields(config, json);
        json["bos_token_id"] = config.VocabularySize - 1;
        json["eos_token_id"] = config.VocabularySize - 1;
    }

    /// <summary>The causal mask.</summary>
    public override bool IsBuffer(string key) =>
        key.EndsWith(".attn.bias", StringComparison.Ordinal) || key.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
