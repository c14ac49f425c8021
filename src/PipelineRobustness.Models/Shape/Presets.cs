using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Models.Shape;

/// <summary>
/// Named model shapes, each defined by the fields of its family's <c>config.json</c>. The nano and micro presets use
/// bytes as tokens; the others use their family's vocabulary or GPT-2's.
/// </summary>
public static class Presets
{
    private const int Gpt2Vocabulary = BuiltInTokenizers.Gpt2Size, OptVocabulary = 50_272, BloomVocabulary = 250_880, LlamaVocabulary = 32_000;

    private static readonly (string Name, ModelConfig Config)[] Known =
    [
        ("gpt2-nano", Gpt2(layers: 12, hidden: 64, heads: 4, ByteTokenizer.Size, positions: 128)),
        ("llama-nano", Llama(layers: 12, hidden: 64, inner: 176, heads: 4, keyValueHeads: 2, ByteTokenizer.Size, positions: 128)),
        ("gpt2-micro", Gpt2(layers: 12, hidden: 128, heads: 4, ByteTokenizer.Size, positions: 256)),
        ("gpt2-mini", Gpt2(layers: 12, hidden: 64, heads: 4, positions: 256)),
        ("opt-mini", Opt(layers: 12, hidden: 64, heads: 4, Gpt2Vocabulary, positions: 256)),
        ("bloom-mini", Bloom(layers: 12, hidden: 64, heads: 4, Gpt2Vocabulary)),
        ("llama-mini", Llama(layers: 12, hidden: 64, inner: 176, heads: 4, keyValueHeads: 2, Gpt2Vocabulary, positions: 256)),
        ("gpt2", Gpt2(layers: 12, hidden: 768, heads: 12)),
        ("opt-125m", Opt(layers: 12, hidden: 768, heads: 12)),
        ("opt-350m", Opt(layers: 24, hidden: 1024, heads: 16, embedding: 512, normFirst: false)),
        ("gpt2-medium", Gpt2(layers: 24, hidden: 1024, heads: 16)),
        ("bloom-560m", Bloom(layers: 24, hidden: 1024, heads: 16)),
        ("gpt2-large", Gpt2(layers: 36, hidden: 1280, heads: 20)),
        ("llama-1.1b", Llama(layers: 22, hidden: 2048, inner: 5632, heads: 32, keyValueHeads: 4, positions: 2048)),
        ("opt-1.3b", Opt(layers: 24, hidden: 2048, heads: 32)),
        ("gpt2-xl", Gpt2(layers: 48, hidden: 1600, heads: 25)),
        ("opt-6.7b", Opt(layers: 32, hidden: 4096, heads: 32)),
        ("llama-7b", Llama(layers: 32, hidden: 4096, inner: 11008, heads: 32, keyValueHeads: 32, positions: 4096)),
        ("bloom-7b1", Bloom(layers: 30, hidden: 4096, heads: 32)),
    ];

    /// <summary>All names, smallest model first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(preset => preset.Name)];

    /// <summary>The shape with that name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out ModelConfig? config)
    {
        config = Known.FirstOrDefault(preset => preset.Name == name).Config;
        return config is not null;
    }

    private static ModelConfig Gpt2(int layers, int hidden, int heads, int vocabulary = Gpt2Vocabulary, int positions = 1024) => Of(new JsonObject
    {
        ["model_type"] = "gpt2",
        ["n_layer"] = layers,
        ["n_embd"] = hidden,
        ["n_head"] = heads,
        ["vocab_size"] = vocabulary,
        ["n_positions"] = positions,
    });

    private static ModelConfig Opt(
        int layers, int hidden, int heads, int vocabulary = OptVocabulary, int positions = 2048, int? embedding = null,
        bool normFirst = true) => Of(new JsonObject
        {
            ["model_type"] = "opt",
            ["num_hidden_layers"] = layers,
            ["hidden_size"] = hidden,
            ["word_embed_proj_dim"] = embedding ?? hidden,
            ["ffn_dim"] = 4 * hidden,
            ["num_attention_heads"] = heads,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = positions,
            ["do_layer_norm_before"] = normFirst,
        });

    private static ModelConfig Bloom(int layers, int hidden, int heads, int vocabulary = BloomVocabulary) => Of(new JsonObject
    {
        ["model_type"] = "bloom",
        ["n_layer"] = layers,
        ["hidden_size"] = hidden,
        ["n_head"] = heads,
        ["vocab_size"] = vocabulary,
    });

    private static ModelConfig Llama(
        int layers, int hidden, int inner, int heads, int keyValueHeads, int vocabulary = LlamaVocabulary, int positions = 4096) => Of(new JsonObject
        {
            ["model_type"] = "llama",
            ["num_hidden_layers"] = layers,
            ["hidden_size"] = hidden,
            ["intermediate_size"] = inner,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = keyValueHeads,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = positions,
        });

    private static ModelConfig Of(JsonObject fields) => ModelConfig.FromJson(fields, "preset") with { Original = "{}" };
}
