using System.Text.Json.Nodes;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>
/// Logits of a small LLaMA under each scaling of rotary positions. The golden values come from an independent program in
/// float64, without tensors, that rotates complex numbers by the formulas of Hugging Face's modeling_rope_utils.py.
/// </summary>
public sealed class RotaryScalingSpecs
{
    private const double Limit = 1e-4;
    private const int Vocabulary = 11;

    public RotaryScalingSpecs() => set_num_threads(1);

    public static TheoryData<string, int, double[]> Golden { get; } = new()
    {
        { "null", 8, [3.40554, 1.48570, -2.80233, -2.62348, 1.73718, 3.32879, -0.38566, -3.48537, -1.02944, 3.06741, 2.27483] },
        {
            """{"type":"linear","factor":4}""", 8,
            [3.43055, 1.48385, -2.82810, -2.63208, 1.75945, 3.34643, -0.40076, -3.50915, -1.02398, 3.09340, 2.27993]
        },
        {
            """{"type":"dynamic","factor":2.0}""", 8,
            [3.40554, 1.48570, -2.80233, -2.62348, 1.73718, 3.32879, -0.38566, -3.48537, -1.02944, 3.06741, 2.27483]
        },
        {
            """{"type":"dynamic","factor":2.0}""", 14,
            [-1.87518, -0.03390, 1.86141, 0.78965, -1.54081, -1.41524, 0.96621, 1.80753, -0.23233, -1.90186, -0.53984]
        },
        {
            """{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":32}""", 8,
            [3.45178, 1.49204, -2.84600, -2.64754, 1.77107, 3.36661, -0.40419, -3.53072, -1.02931, 3.11281, 2.29314]
        },
    };

    [Theory, MemberData(nameof(Golden))]
    public void Logits_under_a_scaling_match_the_golden_values(string scaling, int time, double[] golden)
    {
        var config = Config(json => json["rope_scaling"] = JsonNode.Parse(scaling));
        Assert.Equal(golden, Logits(config, time), (expected, found) => Math.Abs(expected - found) < Limit);
    }

    [Fact]
    public void A_scaled_model_is_written_and_read_with_the_same_scaling()
    {
        foreach (var place in (string[])["rope_scaling", "rope_parameters"])
        {
            var config = Config(json => json[place] = new JsonObject { ["type"] = "linear", ["factor"] = 4 });
            var read = ModelConfig.FromJson(config.ToJson(), "saved");
            Assert.Equal((500, new LinearScaling(4)), (read.RotaryBase, read.RotaryScaling));
            Assert.True(read.HasShapeOf(config));
            Assert.False(read.HasShapeOf(config with { RotaryScaling = null }));
            var changed = ModelConfig.FromJson((config with { RotaryScaling = new Llama3Scaling(8, 1, 4, 32), RotaryBase = 7 }).ToJson(), "saved");
            Assert.Equal((7, new Llama3Scaling(8, 1, 4, 32)), (changed.RotaryBase, changed.RotaryScaling));
        }
    }

    [Fact]
    public void A_scaling_extends_the_longest_sequence_where_its_kind_does()
    {
        ModelConfig Scaled(string scaling) => Config(json => json["rope_scaling"] = JsonNode.Parse(scaling));
        Assert.Equal(32, Scaled("""{"type":"linear","factor":4}""").LongestSequence);
        Assert.Equal(16, Scaled("""{"type":"dynamic","factor":2}""").LongestSequence);
        Assert.Equal(8, Scaled("""{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""").LongestSequence);
        Assert.Equal(8, Scaled("""{"type":"linear","factor":0.5}""").LongestSequence);
    }

    private static ModelConfig Config(Action<JsonObject> change)
    {
        var json = new JsonObject
        {
            ["model_type"] = "llama",
            ["vocab_size"] = Vocabulary,
            ["hidden_size"] = 16,
            ["intermediate_size"] = 24,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 2,
            ["max_position_embeddings"] = 8,
            ["rope_theta"] = 500,
        };
        change(json);
        return ModelConfig.FromJson(json, "here");
    }

    private static double[] Logits(ModelConfig config, int time)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var block = new Block(config, BlockRange.Whole(config), new SineWeights(config));
        long[] ids = [.. Enumerable.Range(0, time).Select(t => (3L * t * t + t + 1) % Vocabulary)];
        return [.. block.Forward(tensor(ids).view(1, time))[0, time - 1].data<float>().Select(logit => (double)logit)];
    }

    /// <summary>Entry k of parameter i, by name, is sin(0.7 k + 1.3 i).</summary>
    private sealed class SineWeights(ModelConfig config) : IWeightSource
    {
        private readonly List<string> _names =
            [.. ParameterShape.Of(config, BlockRange.Whole(config)).Select(shape => shape.Name).Order(StringComparer.Ordinal)];

        public string Identity => "sines";

        public void Fill(string name, Tensor parameter)
        {
            var index = _names.IndexOf(name);
            var values = Enumerable.Range(0, (int)parameter.NumberOfElements).Select(k => (float)Math.Sin(0.7 * k + 1.3 * index));
            parameter.copy_(tensor(values.ToArray()).view(parameter.shape));
        }
    }
}
