using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Models;

/// <summary>GPT-2's fields in a Hugging Face <c>config.json</c>, with Hugging Face's defaults where one is absent.</summary>
internal static class Gpt2Config
{
    public const string Family = "gpt2";

    private static readonly string[] DropoutFields = ["attn_pdrop", "embd_pdrop", "resid_pdrop"];

    public static ModelConfig Read(JsonFields fields)
    {
        var config = new ModelConfig
        {
            VocabularySize = fields.Integer("vocab_size", 1, 1 << 24),
            Positions = fields.Integer("n_positions", 1, 1 << 24),
            Hidden = fields.Integer("n_embd", 1, 1 << 16),
            Layers = fields.Integer("n_layer", 1, 4096),
            Heads = fields.Integer("n_head", 1, 1 << 16),
            Inner = fields.Integer("n_inner", 1, 1 << 20, otherwise: 0),
            NormEpsilon = fields.Number("layer_norm_epsilon", 0, 1, 1e-5),
            InitializerRange = fields.Number("initializer_range", 0, 1e3, 0.02),
            TiedHead = fields.Flag("tie_word_embeddings", true),
            Activation = fields.Text("activation_function", "gelu_new"),
            ScaledAttention = fields.Flag("scale_attn_weights", true),
            AttentionScaledByLayer = fields.Flag("scale_attn_by_inverse_layer_idx", false),
        };
        if (config.Hidden % config.Heads != 0)
            throw fields.Bad("n_head", $"a divisor of n_embd ({config.Hidden})", $"{config.Heads}");
        if (!FeedForward.Knows(config.Activation))
            throw fields.Bad("activation_function", $"one of {FeedForward.KnownActivations}", $"\"{config.Activation}\"");
        if (fields.Flag("add_cross_attention", false))
            throw fields.Bad("add_cross_attention", "false", "true");
        return config;
    }

    public static JsonObject Write(ModelConfig config, JsonObject json)
    {
        var written = json["model_type"] is not null;
        json["model_type"] = Family;
        json["vocab_size"] = config.VocabularySize;
        json["n_positions"] = config.Positions;
        json["n_embd"] = config.Hidden;
        json["n_layer"] = config.Layers;
        json["n_head"] = config.Heads;
        json["n_inner"] = config.Inner == 4 * config.Hidden ? null : config.Inner;
        json["layer_norm_epsilon"] = config.NormEpsilon;
        json["initializer_range"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
        json["activation_function"] = config.Activation;
        json["scale_attn_weights"] = config.ScaledAttention;
        json["scale_attn_by_inverse_layer_idx"] = config.AttentionScaledByLayer;
        if (!written)
            WriteWhatOnlyToolsAskFor(config, json);
        return json;
    }

    public static IReadOnlyList<string> Dropouts(string original)
    {
        using var json = JsonDocument.Parse(original);
        return [.. from name in DropoutFields
                   where json.RootElement.TryGetProperty(name, out var value)
                       && value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0
                   select string.Create(CultureInfo.InvariantCulture, $"{name} = {json.RootElement.GetProperty(name).GetDouble()}")];
    }

    private static void WriteWhatOnlyToolsAskFor(ModelConfig config, JsonObject json)
    {
        json["architectures"] = new JsonArray("GPT2LMHeadModel");
        json["bos_token_id"] = config.VocabularySize - 1;
        json["eos_token_id"] = config.VocabularySize - 1;
        json["torch_dtype"] = "float32";
        foreach (var dropout in DropoutFields)
            json[dropout] = 0.0;
    }
}
