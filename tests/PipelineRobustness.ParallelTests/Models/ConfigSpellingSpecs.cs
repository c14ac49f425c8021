using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>Fields of <c>config.json</c> that Hugging Face's tools read under several names or in several places.</summary>
public sealed class ConfigSpellingSpecs
{
    private const string Llama = """
        "model_type":"llama","vocab_size":29,"hidden_size":16,"intermediate_size":24,"num_hidden_layers":2,"num_attention_heads":2,
        "max_position_embeddings":16
        """;

    private const string Gpt2 = """
        "model_type":"gpt2","vocab_size":29,"n_layer":2,"n_head":2,"n_positions":16,"n_embd":16
        """;

    private const string Bloom = """
        "model_type":"bloom","vocab_size":29,"n_layer":2,"n_head":2,"hidden_size":16
        """;

    [Theory]
    [InlineData("\"rope_theta\":500")]
    [InlineData("\"rope_theta\":500,\"rope_parameters\":{\"rope_type\":\"default\"}")]
    [InlineData("\"rope_theta\":500.0,\"rope_parameters\":{\"rope_theta\":500,\"type\":\"default\"}")]
    [InlineData("\"rope_parameters\":{\"rope_theta\":500}")]
    [InlineData("\"rope_theta\":500,\"rope_parameters\":{}")]
    [InlineData("\"rope_theta\":500,\"rope_scaling\":null,\"rope_parameters\":null")]
    [InlineData("\"rope_theta\":500,\"rope_scaling\":{\"rope_type\":\"default\"}")]
    [InlineData("\"rope_scaling\":{\"type\":\"default\",\"rope_theta\":500}")]
    [InlineData("\"rope_scaling\":{\"type\":null,\"factor\":null},\"rope_parameters\":{\"rope_theta\":500,\"partial_rotary_factor\":1.0}")]
    public void A_rotary_base_counts_in_every_place_and_a_default_scaling_scales_nothing(string fields)
    {
        var config = Of(Llama, fields);
        Assert.Equal((500, null), (config.RotaryBase, config.RotaryScaling));
        var saved = ModelConfig.FromJson(config.ToJson(), "saved");
        Assert.Equal((500, null), (saved.RotaryBase, saved.RotaryScaling));
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2.0}")]
    [InlineData("\"rope_parameters\":{\"type\":\"linear\",\"factor\":2.0,\"rope_theta\":10000}")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"linear\",\"type\":\"linear\",\"factor\":2.0}")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2},\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":2.0}")]
    public void A_linear_scaling_is_read_in_every_spelling(string fields) =>
        Assert.Equal(new LinearScaling(2), Of(Llama, fields).RotaryScaling);

    [Theory]
    [InlineData("\"original_max_position_embeddings\":8", "", 8)]
    [InlineData("\"type\":\"llama3\"", ",\"original_max_position_embeddings\":8", 8)]
    [InlineData("\"type\":\"llama3\"", "", 16)]
    public void The_original_length_of_llama3_is_read_from_three_places(string inner, string outer, int length) => Assert.Equal(
        new Llama3Scaling(8, 1, 4, length),
        Of(Llama, $"\"rope_scaling\":{{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,{inner}}}{outer}").RotaryScaling);

    [Theory]
    [InlineData("\"rope_theta\":10000,\"rope_parameters\":{\"rope_theta\":500}", "rope_theta: expected 500, as rope_parameters.rope_theta says, found 10000")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"rope_type\":\"default\",\"factor\":2}",
        "rope_scaling.type: expected \"default\", as rope_scaling.rope_type says, found \"linear\"")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2},\"rope_parameters\":{\"type\":\"linear\",\"factor\":3}",
        "rope_parameters: expected the same scaling as rope_scaling, found {\"type\":\"linear\",\"factor\":3}")]
    [InlineData("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":2}",
        "rope_scaling.type: expected default, linear, dynamic or llama3 (others are not supported), found \"yarn\"")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"longrope\"}",
        "rope_parameters.rope_type: expected default, linear, dynamic or llama3 (others are not supported), found \"longrope\"")]
    [InlineData("\"rope_scaling\":{\"factor\":2}", "rope_scaling.factor: not a field of rope_type default")]
    [InlineData("\"rope_parameters\":{\"full_attention\":{\"rope_type\":\"linear\"}}",
        "rope_parameters.full_attention: not a field of rope_type default")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2,\"attention_factor\":1.5}",
        "rope_scaling.attention_factor: not a field of type linear")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\"}", "rope_scaling.factor: expected a number, found nothing")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":0}", "rope_scaling.factor: expected a number from 1E-06 to 1000000, found 0")]
    [InlineData("\"rope_scaling\":\"linear\"", "rope_scaling: expected an object, found \"linear\"")]
    [InlineData("\"partial_rotary_factor\":0.5", "partial_rotary_factor: expected 1 (rotating a part of each head is not supported), found 0.5")]
    [InlineData("\"rope_parameters\":{\"partial_rotary_factor\":0.5}",
        "rope_parameters.partial_rotary_factor: expected 1 (rotating a part of each head is not supported), found 0.5")]
    [InlineData("\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":2,\"original_max_position_embeddings\":8}",
        "rope_scaling.original_max_position_embeddings: expected max_position_embeddings (16) with dynamic, found 8")]
    [InlineData("\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4}",
        "rope_scaling.high_freq_factor: expected more than low_freq_factor (4), found 4")]
    [InlineData("\"quantization_config\":{\"bits\":4}", "quantization_config: expected nothing, found {\"bits\":4}")]
    [InlineData("\"dtype\":\"float16\",\"torch_dtype\":\"torch.float32\"", "torch_dtype: expected \"float16\", as dtype says, found \"float32\"")]
    [InlineData("\"pruned_heads\":{\"0\":[1]}", "pruned_heads: expected nothing, found {\"0\":[1]}")]
    public void What_contradicts_another_place_or_is_not_supported_is_refused_by_name(string fields, string message) =>
        Assert.Equal($"here: {message}", Assert.Throws<BadInputException>(() => Of(Llama, fields)).Message);

    [Theory]
    [InlineData(Gpt2, "\"hidden_size\":8", "hidden_size: expected 16, as n_embd says, found 8")]
    [InlineData(Gpt2, "\"num_hidden_layers\":3", "num_hidden_layers: expected 2, as n_layer says, found 3")]
    [InlineData(Gpt2, "\"num_attention_heads\":4", "num_attention_heads: expected 2, as n_head says, found 4")]
    [InlineData(Gpt2, "\"max_position_embeddings\":8", "max_position_embeddings: expected 16, as n_positions says, found 8")]
    [InlineData(Bloom, "\"n_embed\":8", "n_embed: expected 16, as hidden_size says, found 8")]
    [InlineData(Bloom, "\"num_hidden_layers\":3", "num_hidden_layers: expected 2, as n_layer says, found 3")]
    [InlineData(Bloom, "\"num_attention_heads\":4", "num_attention_heads: expected 2, as n_head says, found 4")]
    public void Two_names_of_one_field_that_differ_are_refused(string family, string field, string message) =>
        Assert.Equal($"here: {message}", Assert.Throws<BadInputException>(() => Of(family, field)).Message);

    [Fact]
    public void Two_names_of_one_field_that_agree_are_read_and_written_alike()
    {
        var config = Of(Gpt2, "\"hidden_size\":16.0,\"max_position_embeddings\":16,\"pruned_heads\":{},\"quantization_config\":null");
        Assert.Equal((16, 16), (config.Hidden, config.Positions));
        var saved = (config with { Positions = 32 }).ToJson();
        Assert.Equal(32, ModelConfig.FromJson(saved, "saved").Positions);
    }

    [Theory]
    [InlineData("swish"), InlineData("gelu_python"), InlineData("gelu_fast"), InlineData("gelu_accurate")]
    public void Other_names_of_an_activation_are_read_and_kept(string name)
    {
        var config = Of(Llama, $"\"hidden_act\":\"{name}\"");
        Assert.Equal(name, (string?)config.ToJson()["hidden_act"]);
    }

    private static ModelConfig Of(string family, string fields) =>
        ModelConfig.FromJson(JsonNode.Parse($"{{{family},{fields}}}")!.AsObject(), "here");
}
