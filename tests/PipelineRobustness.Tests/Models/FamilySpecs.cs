using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Properties of every family, in addition to Hugging Face's golden values.</summary>
public sealed class FamilySpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-").FullName;

    public FamilySpecs() => set_num_threads(1);

    public static TheoryData<string> Names => Families.Names;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Names))]
    public void A_model_and_its_cuts_train_to_the_same_bits(string name)
    {
        var config = Families.Config(name);
        using var loop = Loop(config);
        for (var iteration = 0; iteration < 3; iteration++)
            loop.Train(iteration);
        foreach (var stages in (int[])[2, 3, 6])
        {
            using var cut = new CutModel(config, stages, new SeededWeights(config, 7), Tiny.Settings);
            for (var iteration = 0; iteration < 3; iteration++)
                cut.Train(Windows(), iteration, Tiny.MicroBatches, Tiny.Schedule.At(iteration), Tiny.Clip);
            Assert.Equal(loop.StateFingerprint(), cut.StateFingerprint());
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_parameter_gets_a_gradient_and_attention_is_causal(string name)
    {
        using var scope = NewDisposeScope();
        var config = Families.Config(name);
        using var block = new Block(config, BlockRange.Whole(config), new SeededWeights(config, 7));
        var ids = tensor(new long[] { 3, 1, 4, 1, 5, 9, 2, 6 }).view(1, 8);
        var logits = block.Forward(ids);
        CrossEntropy.Mean(logits, ids).backward();
        Assert.All(block.Parameters, parameter => Assert.True(
            parameter.Value.grad is { } gradient && gradient.isfinite().all().item<bool>(), parameter.Name));

        var changed = ids.clone();
        changed[0, 5] = 20;
        using var noGrad = no_grad();
        var others = block.Forward(changed);
        Assert.True(logits.narrow(1, 0, 5).allclose(others.narrow(1, 0, 5), atol: 1e-6));
        Assert.False(logits.narrow(1, 5, 3).allclose(others.narrow(1, 5, 3), atol: 1e-6));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_token_position_affects_the_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var config = Families.Config(name) with { InitializerRange = 0.3 };
        using var block = new Block(config, BlockRange.Whole(config), new SeededWeights(config, 7));
        var last = block.Forward(tensor(new long[] { 3, 1, 4, 9 }).view(1, 4))[0, 3];
        Assert.False(last.allclose(block.Forward(tensor(new long[] { 1, 3, 4, 9 }).view(1, 4))[0, 3], atol: 1e-4));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_saved_model_is_read_with_the_same_shape_and_weights(string name)
    {
        using var scope = NewDisposeScope();
        var config = Families.Config(name);
        using var model = new CutModel(config, 2, new SeededWeights(config, 7), Tiny.Settings);
        HuggingFaceFolder.Save(_folder, config, model.Parameters.Select(parameter => (parameter.Name, (Tensor)parameter.Value)));
        var read = ModelConfig.Read(Path.Combine(_folder, HuggingFaceFolder.ConfigName));
        Assert.Equal(config with { Original = "" }, read with { Original = "" });
        Assert.True(config.HasShapeOf(read));
        using var weights = HuggingFaceWeights.Open(_folder, read);
        using var again = new CutModel(read, 3, weights, Tiny.Settings);
        Assert.Equal(model.StateFingerprint(), again.StateFingerprint());
    }

    [Theory, MemberData(nameof(Names))]
    public void A_shape_survives_a_json_round_trip(string name)
    {
        var config = Families.Config(name) with { Original = "{}" };
        var json = config.ToJson();
        Assert.Equal(config, ModelConfig.FromJson(json, name) with { Original = "{}" });
        Assert.Equal("float32", (string?)json["torch_dtype"]);
        Assert.Single(json["architectures"]!.AsArray());
    }

    [Fact]
    public void Shapes_that_differ_in_one_number_are_different()
    {
        var config = Families.Config("llama");
        Assert.True(config.HasShapeOf(config with { InitializerRange = 0.5 }));
        Assert.False(config.HasShapeOf(config with { RotaryBase = 5 }));
        Assert.False(config.HasShapeOf(config with { NormEpsilon = 1e-4 }));
        Assert.False(config.HasShapeOf(Families.Config("opt")));
    }

    /// <summary>By Hugging Face's formula: 2^-4, 2^-8 and, from the next power of two, 2^-2.</summary>
    [Fact]
    public void Alibi_slopes_follow_Hugging_Face_for_any_number_of_heads()
    {
        Assert.Equal([0.0625f, 0.00390625f, 0.25f], PositionTables.Slopes(3));
        Assert.Equal([0.00390625f], PositionTables.Slopes(1));
        Assert.Equal(8, PositionTables.Slopes(8).Distinct().Count());
        Assert.Equal([0.25f, 0.0625f, 0.015625f, 0.00390625f, 0.5f, 0.125f], PositionTables.Slopes(6));
    }

    [Theory]
    [InlineData("llama", "rope_parameters", """{"rope_type":"yarn"}""",
        "rope_parameters.rope_type: expected default, linear, dynamic or llama3 (others are not supported), found \"yarn\"")]
    [InlineData("llama", "num_key_value_heads", "3", "num_key_value_heads: expected a divisor of num_attention_heads (2), found 3")]
    [InlineData("llama", "num_attention_heads", "16", "num_attention_heads: expected heads of an even width, since positions rotate pairs, found 1")]
    [InlineData("opt", "layer_norm_elementwise_affine", "false", "layer_norm_elementwise_affine: expected true, found false")]
    [InlineData("opt", "num_attention_heads", "5", "num_attention_heads: expected a divisor of hidden_size (16), found 5")]
    [InlineData("bloom", "n_head", "5", "n_head: expected a divisor of hidden_size (18), found 5")]
    [InlineData("gpt2", "is_causal", "false", "is_causal: expected true, found false")]
    [InlineData("llama", "is_causal", "false", "is_causal: expected true, found false")]
    [InlineData("gpt2", "add_cross_attention", "true", "add_cross_attention: expected false, found true")]
    public void An_unsupported_variant_is_refused_by_its_field(string name, string field, string value, string message)
    {
        var json = Families.Json(name);
        json[field] = JsonNode.Parse(value);
        Assert.Equal($"here: {message}", Assert.Throws<BadInputException>(() => ModelConfig.FromJson(json, "here")).Message);
    }

    [Fact]
    public void Rotary_settings_of_newer_tools_are_read_and_written()
    {
        var json = Families.Json("llama");
        json["rope_parameters"] = new JsonObject { ["rope_theta"] = 50_000, ["rope_type"] = "default" };
        var config = ModelConfig.FromJson(json, "here");
        Assert.Equal(50_000, config.RotaryBase);
        var written = (config with { RotaryBase = 7 }).ToJson();
        Assert.Equal(7, (double)written["rope_parameters"]!["rope_theta"]!);
        Assert.False(written.ContainsKey("rope_theta"));
    }

    private static PlainLoop Loop(ModelConfig config) =>
        new(config, new SeededWeights(config, 7), Tiny.Settings, Tiny.Schedule, Tiny.Clip, Windows(), Tiny.MicroBatches);

    private static TrainingWindows Windows() =>
        new(Tiny.Tokens(200).Select(token => token % 29).ToArray(), Tiny.Time, Tiny.MicroBatches, Tiny.MicroBatchSize, seed: 7);
}
