using System.Text.Json.Nodes;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>Tiny models of every family and its variants, with a vocabulary of 29.</summary>
internal static class Families
{
    private static readonly Dictionary<string, string> Known = new()
    {
        ["gpt2"] = """{"model_type":"gpt2","n_embd":16,"n_layer":6,"n_head":2,"n_positions":16,"scale_attn_by_inverse_layer_idx":true}""",
        ["opt"] = """
            {"model_type":"opt","hidden_size":16,"ffn_dim":24,"num_hidden_layers":6,"num_attention_heads":2,"max_position_embeddings":16}
            """,
        ["opt, norms after, projected"] = """
            {"model_type":"opt","hidden_size":16,"ffn_dim":24,"num_hidden_layers":6,"num_attention_heads":2,"max_position_embeddings":16,
             "do_layer_norm_before":false,"word_embed_proj_dim":12}
            """,
        ["opt, no biases"] = """
            {"model_type":"opt","hidden_size":16,"ffn_dim":24,"num_hidden_layers":6,"num_attention_heads":2,"max_position_embeddings":16,
             "enable_bias":false,"tie_word_embeddings":false}
            """,
        ["bloom"] = """{"model_type":"bloom","hidden_size":18,"n_layer":6,"n_head":3}""",
        ["bloom, residual from the norm"] = """
            {"model_type":"bloom","n_embed":16,"num_hidden_layers":6,"num_attention_heads":4,"apply_residual_connection_post_layernorm":true}
            """,
        ["llama"] = """
            {"model_type":"llama","hidden_size":16,"intermediate_size":24,"num_hidden_layers":6,"num_attention_heads":2,
             "max_position_embeddings":16}
            """,
        ["llama, shared heads, tied"] = """
            {"model_type":"llama","hidden_size":16,"intermediate_size":24,"num_hidden_layers":6,"num_attention_heads":4,"head_dim":6,
             "num_key_value_heads":2,"max_position_embeddings":16,"tie_word_embeddings":true,"attention_bias":true,"mlp_bias":true}
            """,
    };

    public static TheoryData<string> Names { get; } = [.. Known.Keys];

    public static JsonObject Json(string name)
    {
        var json = JsonNode.Parse(Known[name])!.AsObject();
        json["vocab_size"] = 29;
        return json;
    }

    public static ModelConfig Config(string name) => ModelConfig.FromJson(Json(name), name);
}
