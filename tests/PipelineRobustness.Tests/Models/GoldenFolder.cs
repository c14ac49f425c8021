using System.Text.Json.Nodes;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

internal sealed record GoldenStep(double LearningRate, double Loss, double GradientNorm);

internal sealed record GoldenTrajectory(
    AdamWSettings Settings, LinearSchedule Schedule, double Clip, IReadOnlyList<string> Decaying, IReadOnlyList<GoldenStep> Steps);

/// <summary>A model's golden values; tensors belong to the caller's dispose scope.</summary>
internal sealed class GoldenFolder : IDisposable
{
    public const string Final = "final.safetensors";

    private const string Expected = "expected.safetensors";
    private const string Base = "model.base.safetensors";

    private readonly string _folder;
    private readonly ModelConfig _config;
    private readonly SafeTensorsFile _expected;

    public GoldenFolder(string name)
    {
        _folder = Path.Combine(Fixtures.Folder, name);
        _config = ConfigOf(name);
        _expected = SafeTensorsFile.Open(Path.Combine(_folder, Expected));
    }

    public IEnumerable<string> Names => _expected.Tensors.Keys;

    /// <summary>The labels in the file, or else the inputs, as in Hugging Face.</summary>
    public Tensor Labels => this[Has("labels") ? "labels" : "input_ids"];

    public Tensor this[string name] => _expected.Read(name);

    public static ModelConfig ConfigOf(string name) =>
        ModelConfig.Read(Path.Combine(Fixtures.Folder, name, HuggingFaceFolder.ConfigName));

    /// <summary>The path of a folder's weights: the whole model's, or those without the prefix.</summary>
    public static string? WeightsOf(string folder) =>
        new[] { HuggingFaceWeights.FileName, Base }.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>
    /// Whether a folder with expected tensors has a file with this name, or an expected tensor whose name begins with
    /// it.
    /// </summary>
    public static bool Has(string name, string part)
    {
        var folder = Path.Combine(Fixtures.Folder, name);
        if (!File.Exists(Path.Combine(folder, Expected))) return false;
        if (File.Exists(Path.Combine(folder, part))) return true;
        using var expected = SafeTensorsFile.Open(Path.Combine(folder, Expected));
        return expected.Tensors.Keys.Any(key => key.StartsWith(part, StringComparison.Ordinal));
    }

    /// <summary>Hugging Face's labels are the inputs; the loss shifts them by one.</summary>
    public static Tensor ShiftedLoss(Tensor logits, Tensor labels)
    {
        var time = labels.shape[1];
        return CrossEntropy.Mean(logits.narrow(1, 0, time - 1), labels.narrow(1, 1, time - 1));
    }

    public bool Has(string name) => _expected.Tensors.ContainsKey(name);

    public CutModel Model(int stages, AdamWSettings? settings = null, bool ofBase = false)
    {
        using var weights = HuggingFaceWeights.Open(ofBase ? Path.Combine(_folder, Base) : WeightsOf(_folder)!, _config);
        return new CutModel(_config, stages, weights, settings);
    }

    public void Near(string name, Tensor actual, double limit) => Near(name, this[name], actual, limit);

    public GoldenTrajectory Trajectory()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "trajectory.json")))!;
        var (optimizer, schedule) = (json["optimizer"]!, json["schedule"]!);
        double Of(JsonNode node, string name) => (double)node[name]!;
        return new GoldenTrajectory(
            new AdamWSettings(Of(optimizer, "beta1"), Of(optimizer, "beta2"), Of(optimizer, "eps"), Of(optimizer, "weight_decay")),
            new LinearSchedule(Of(optimizer, "lr"), (long)schedule["warmup_steps"]!, (long)schedule["total_steps"]!),
            Of(json["clip"]!, "max_norm"),
            [.. json["decay_params"]!.AsArray().Select(name => (string)name!)],
            [.. json["steps"]!.AsArray().Select(step => new GoldenStep(Of(step!, "lr"), Of(step!, "loss"), Of(step!, "grad_norm")))]);
    }

    /// <summary>
    /// The true gradient of a key bias is 0; the computed one is rounding error, which Adam magnifies. Two programs can
    /// differ there by up to the sum of the learning rates.
    /// </summary>
    public void NearFinal(IEnumerable<BlockParameter> parameters, double limit, double keyBiasLimit)
    {
        using var file = SafeTensorsFile.Open(Path.Combine(_folder, Final));
        var left = file.Tensors.Keys.ToHashSet();
        foreach (var parameter in parameters)
        {
            var name = parameter.TiedTo ?? parameter.Name;
            left.Remove(name);
            var (expected, actual) = (file.Read(name), parameter.Value.detach());
            using var keys = KeyEntries(name, actual.shape);
            Near(name, expected.masked_fill(keys, 0), actual.masked_fill(keys, 0), limit);
            Near($"{name}, keys", expected.masked_fill(keys.logical_not(), 0), actual.masked_fill(keys.logical_not(), 0), keyBiasLimit);
        }
        Assert.Empty(left);
    }

    public void Dispose() => _expected.Dispose();

    /// <summary>
    /// The mask of key biases: all of a separate bias, the middle third of GPT-2's fused bias, and the middle third of
    /// each head's part of BLOOM's.
    /// </summary>
    private Tensor KeyEntries(string name, long[] shape)
    {
        bool Is(string suffix) => name.EndsWith(suffix, StringComparison.Ordinal);
        var entries = zeros(shape, @bool);
        if (Is("k_proj.bias"))
            entries.fill_(true);
        else if (Is("c_attn.bias"))
            entries.view(3, -1)[1].fill_(true);
        else if (Is("query_key_value.bias"))
            entries.view(_config.Heads, 3, -1).select(1, 1).fill_(true);
        return entries;
    }

    private static void Near(string name, Tensor expected, Tensor actual, double limit)
    {
        Assert.Equal(expected.NumberOfElements, actual.NumberOfElements);
        var difference = (actual.reshape(expected.shape) - expected).abs().max().item<float>();
        Assert.True(difference <= limit, $"{name}: differs by {difference}, allowed {limit}");
    }
}
