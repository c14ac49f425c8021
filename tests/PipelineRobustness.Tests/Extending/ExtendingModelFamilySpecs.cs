using System.Text.Json.Nodes;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Tests.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The family of docs/extending/model-family.md.</summary>
public sealed class ExtendingModelFamilySpecs : IDisposable
{
    private const int VocabularySize = 29;

    private static readonly int[] Stages = [1, 2, 4];

    private readonly Mistral _mistral = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mistral-").FullName;

    public ExtendingModelFamilySpecs() => set_num_threads(1);

    private ModelConfig Config => _mistral.Read(JsonInput.Parse(
        $$"""
        {"model_type":"mistral","vocab_size":{{VocabularySize}},"hidden_size":16,"intermediate_size":24,"num_hidden_layers":4,
         "num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":16,"attention_dropout":0.1}
        """,
        "mistral"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_family_is_found_in_its_assembly_by_its_model_type() =>
        Assert.Contains(DecoderFamily.In(typeof(Mistral).Assembly), family => family.ModelType == "mistral");

    [Fact]
    public void A_new_family_trains_to_the_same_bits_for_every_cut_and_like_LLaMA()
    {
        ModelConfig[] families = [Config, Config with { Family = new Llama() }];
        var fingerprints = families.SelectMany(config => Stages.Select(stages => Train(config, stages)));
        Assert.Single(fingerprints.Distinct());
    }

    [Fact]
    public void A_saved_model_has_the_names_and_fields_of_the_family()
    {
        using var scope = NewDisposeScope();
        using var model = new CutModel(Config, 2, new SeededWeights(Config, 7));
        HuggingFaceFolder.Save(_folder, Config with { Original = "{}" }, model.Parameters.Select(parameter => (parameter.Name, (Tensor)parameter.Value)));
        var json = File.ReadAllText(Path.Combine(_folder, HuggingFaceFolder.ConfigName));
        Assert.Equal("MistralForCausalLM", (string?)JsonNode.Parse(json)!["architectures"]![0]);
        Assert.Equal(Config with { Original = "" }, _mistral.Read(JsonInput.Parse(json, "saved")) with { Original = "" });
        using var weights = HuggingFaceWeights.Open(_folder, Config);
        using var read = new CutModel(Config, 4, weights);
        Assert.Equal(model.StateFingerprint(), read.StateFingerprint());
    }

    private static string Train(ModelConfig config, int stages)
    {
        int[] tokens = [.. Tiny.Tokens(200).Select(token => token % VocabularySize)];
        var windows = new PipelineRobustness.Models.Text.TrainingWindows(tokens, Tiny.Time, Tiny.MicroBatches, Tiny.MicroBatchSize, seed: 7);
        using var model = new CutModel(config, stages, new SeededWeights(config, 7), Tiny.Settings);
        for (var iteration = 0; iteration < 3; iteration++)
            model.Train(windows, iteration, Tiny.MicroBatches, Tiny.Schedule.At(iteration), Tiny.Clip);
        return model.StateFingerprint();
    }
}
