using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Tests.Models;

/// <summary>Shapes from <c>config.json</c>, learning-rate schedules and clipping.</summary>
public sealed class ModelConfigSpecs : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("""{"model_type":"gpt3"}""", "model_type: expected a supported family (bloom, gpt2, llama, opt), found \"gpt3\"")]
    [InlineData("""{}""", "model_type: expected a string, found nothing")]
    [InlineData("""{"model_type":"gpt2"}""", "vocab_size: expected a whole number from 1 to 16777216, found nothing")]
    [InlineData("""{"model_type":"gpt2","vocab_size":"9"}""", "vocab_size: expected a whole number from 1 to 16777216, found \"9\"")]
    [InlineData("""{"model_type":"gpt2","vocab_size":9,"n_embd":9,"n_positions":1.5}""", "n_positions: expected a whole number from 1 to 16777216, found 1.5")]
    [InlineData("""{"model_type":"gpt2","vocab_size":9,"n_positions":9,"n_embd":10,"n_layer":1,"n_head":3}""", "n_head: expected a divisor of n_embd (10), found 3")]
    [InlineData("""{"model_type":"gpt2","vocab_size":9,"n_positions":9,"n_embd":9,"n_layer":1,"n_head":3,"activation_function":"sin"}""",
        "activation_function: expected one of gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_accurate, gelu, gelu_python, relu, silu, swish, found \"sin\"")]
    [InlineData("""{"model_type":"gpt2","vocab_size":9,"n_positions":9,"n_embd":9,"n_layer":1,"n_head":3,"layer_norm_epsilon":1e999}""",
        "layer_norm_epsilon: expected a number from 0 to 1, found 1e999")]
    [InlineData("[1]", "expected a JSON object, found [1]")]
    public void A_bad_field_is_reported_with_its_name_expected_and_found_values(string json, string message)
    {
        File.WriteAllText(_path, json);
        Assert.Equal($"{_path}: {message}", Assert.Throws<BadInputException>(() => ModelConfig.Read(_path)).Message);
    }

    [Theory, InlineData(""), InlineData("{"), InlineData("""{"model_type":"gpt2","model_type":"gpt2"}""")]
    public void Invalid_json_is_refused_in_one_line(string json)
    {
        File.WriteAllText(_path, json);
        var message = Assert.Throws<BadInputException>(() => ModelConfig.Read(_path)).Message;
        Assert.StartsWith($"{_path}: expected JSON, found ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Presets_are_found_by_name_and_survive_a_json_round_trip()
    {
        Assert.All(Presets.Names, name =>
        {
            Assert.True(Presets.TryGet(name, out var config));
            Assert.Equal(config, ModelConfig.FromJson(config.ToJson(), name) with { Original = config.Original });
        });
        Assert.False(Presets.TryGet("gpt5", out _));
    }

    [Fact]
    public void The_learning_rate_schedule_equals_that_of_Hugging_Face()
    {
        var schedule = new LinearSchedule(1, 2, 10);
        Assert.Equal([0, 0.5, 1, 0.875, 0.75], Enumerable.Range(0, 5).Select(i => schedule.At(i)));
        Assert.Equal([0.125, 0, 0], Enumerable.Range(9, 3).Select(i => schedule.At(i)));
        Assert.Equal(1, new LinearSchedule(1, 0, 10).At(0));
        Assert.Equal(0, new LinearSchedule(1, 0, 0).At(0));
    }

    [Fact]
    public void The_clip_coefficient_equals_torch_and_can_be_disabled()
    {
        Assert.Equal(5, Clipping.Norm([9, 16]));
        Assert.Equal(1, Clipping.Coefficient(0.5, 1));
        Assert.Equal(1 / (4 + 1e-6), Clipping.Coefficient(4, 1));
        Assert.Equal(1, Clipping.Coefficient(4, 0));
        Assert.Equal(1, Clipping.Coefficient(4, double.PositiveInfinity));
        Assert.Equal(double.NaN, Clipping.Coefficient(double.NaN, 1));
    }
}
