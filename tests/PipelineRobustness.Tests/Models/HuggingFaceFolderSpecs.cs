using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Models on disk, as Hugging Face's tools read and write them.</summary>
public sealed class HuggingFaceFolderSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-").FullName;

    private string File => Path.Combine(_folder, CheckpointWeights.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(true), InlineData(false)]
    public void What_is_saved_is_read_again_bit_for_bit_cut_or_whole(bool tied)
    {
        var config = Tiny.Config(tied: tied);
        var saved = Save(config);
        var read = ModelConfig.Read(Path.Combine(_folder, HuggingFaceFolder.ConfigName));
        Assert.Equal(config, read with { Original = config.Original });
        for (var stages = 1; stages <= 3; stages++)
        {
            using var weights = CheckpointWeights.Open(_folder, read);
            using var model = new CutModel(read, stages, weights);
            Assert.Equal(saved, model.StateFingerprint());
        }
        Assert.Equal([CheckpointWeights.FileName, HuggingFaceFolder.ConfigName],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void Keys_without_the_prefix_and_the_buffers_of_hugging_face_do_not_matter()
    {
        var config = Tiny.Config();
        var saved = Save(config);
        Rewrite(tensors => [.. tensors.Select(tensor => (tensor.Name.Replace("transformer.", "", StringComparison.Ordinal), tensor.Value)),
            ("h.0.attn.bias", ones(1, 1, 16, 16)), ("h.0.attn.masked_bias", ones(1))]);
        using var weights = CheckpointWeights.Open(_folder, config);
        using var model = new CutModel(config, 2, weights);
        Assert.Equal(saved, model.StateFingerprint());
    }

    [Fact]
    public void Every_missing_unknown_and_misshapen_tensor_is_named()
    {
        var config = Tiny.Config();
        Save(config);
        Rewrite(tensors => [.. tensors.Where(tensor => !tensor.Name.Contains("h.2.mlp", StringComparison.Ordinal))]);
        Assert.Equal($"{File}: expected tensor transformer.h.2.mlp.c_fc.weight, transformer.h.2.mlp.c_fc.bias, "
            + "transformer.h.2.mlp.c_proj.weight, transformer.h.2.mlp.c_proj.bias, found no such tensor", Refusal(config));

        Save(config);
        Rewrite(tensors => [.. tensors, ("transformer.h.4.ln_1.bias", ones(16))]);
        Assert.Equal($"{File}: expected only the model's tensors, found also transformer.h.4.ln_1.bias", Refusal(config));

        Save(config);
        Assert.Equal($"{File}: transformer.wpe.weight: expected shape [32, 16], found [16, 16]", Refusal(config with { Positions = 32 }));
    }

    [Fact]
    public void Element_types_that_are_not_read_yet_are_refused_by_name()
    {
        var config = Tiny.Config();
        Save(config);
        Rewrite(tensors => [.. tensors.Select(tensor => tensor.Name.EndsWith("ln_f.bias", StringComparison.Ordinal)
            ? (tensor.Name, zeros([16], int64)) : tensor)]);
        Assert.Equal($"{File}: transformer.ln_f.bias: expected dtype F32 (other types are not read yet), found I64", Refusal(config));
    }

    [Fact]
    public void An_absent_folder_is_named()
    {
        var absent = Path.Combine(_folder, "absent");
        Assert.Equal($"{Path.Combine(absent, CheckpointWeights.FileName)}: expected a file, found nothing there",
            Assert.Throws<BadInputException>(() => CheckpointWeights.Open(absent, Tiny.Config())).Message);
    }

    [Fact]
    public void The_identity_names_the_folder_and_differs_where_the_weights_do()
    {
        var config = Tiny.Config();
        Save(config);
        string Identity()
        {
            using var weights = CheckpointWeights.Open(_folder, config);
            return weights.Identity;
        }

        var first = Identity();
        Assert.StartsWith($"{_folder} (sha256 ", first, StringComparison.Ordinal);
        Save(config, seed: 8);
        Assert.NotEqual(first, Identity());
    }

    [Fact]
    public void Weights_of_another_model_are_not_saved()
    {
        Assert.Throws<ArgumentException>(() => HuggingFaceFolder.Save(_folder, Tiny.Config(), [("transformer.wte.weight", ones(2, 2))]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Saving_keeps_fields_that_we_do_not_know()
    {
        var json = Tiny.Config().ToJson();
        json["attn_pdrop"] = 0.1;
        json["an_unknown_field"] = new JsonObject { ["a"] = 1 };
        var config = ModelConfig.FromJson(json, "test");
        Assert.Equal(["attn_pdrop = 0.1"], config.DropoutsNotApplied);
        Assert.True(JsonNode.DeepEquals(json, config.ToJson()));
    }

    private string Save(ModelConfig config, ulong seed = 7)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Cut(config, 1, seed);
        HuggingFaceFolder.Save(_folder, config, model.Parameters.Select(parameter => (parameter.Name, (Tensor)parameter.Value)));
        return model.StateFingerprint();
    }

    private void Rewrite(Func<List<(string Name, Tensor Value)>, List<(string Name, Tensor Value)>> change)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> tensors;
        using (var file = SafeTensorsFile.Open(File))
            tensors = [.. file.Tensors.Keys.Select(name => (name, file.Read(name)))];
        SafeTensorsWriter.Write(File, change(tensors));
    }

    private string Refusal(ModelConfig config) =>
        Assert.Throws<BadInputException>(() => CheckpointWeights.Open(_folder, config)).Message;
}
