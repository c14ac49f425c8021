using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Models on disk in Hugging Face's layout.</summary>
public sealed class HuggingFaceFolderSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-").FullName;

    private string File => Path.Combine(_folder, HuggingFaceWeights.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(true), InlineData(false)]
    public void A_saved_model_is_read_bit_for_bit_with_any_number_of_stages(bool tied)
    {
        var config = Tiny.Config(tied: tied);
        var saved = Save(config);
        var read = ModelConfig.Read(Path.Combine(_folder, HuggingFaceFolder.ConfigName));
        Assert.Equal(config, read with { Original = config.Original });
        for (var stages = 1; stages <= 3; stages++)
        {
            using var weights = HuggingFaceWeights.Open(_folder, read);
            using var model = new CutModel(read, stages, weights);
            Assert.Equal(saved, model.StateFingerprint());
        }
        Assert.Equal([HuggingFaceWeights.FileName, HuggingFaceFolder.ConfigName],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void Missing_prefixes_and_extra_buffers_make_no_difference()
    {
        var config = Tiny.Config();
        var saved = Save(config);
        Rewrite(tensors => [.. tensors.Select(tensor => (tensor.Name.Replace("transformer.", "", StringComparison.Ordinal), tensor.Value)),
            ("h.0.attn.bias", ones(1, 1, 16, 16)), ("h.0.attn.masked_bias", ones(1))]);
        using var weights = HuggingFaceWeights.Open(_folder, config);
        using var model = new CutModel(config, 2, weights);
        Assert.Equal(saved, model.StateFingerprint());
    }

    [Fact]
    public void Every_missing_unknown_or_misshapen_tensor_is_named()
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
    public void All_errors_are_reported_at_once()
    {
        var config = Tiny.Config(layers: 24);
        Save(config);
        Rewrite(tensors =>
        [
            .. tensors.Where(tensor => !tensor.Name.EndsWith("ln_1.bias", StringComparison.Ordinal)).Select(tensor => tensor.Name switch
            {
                "transformer.ln_f.bias" => (tensor.Name, zeros([16], int64)),
                "transformer.ln_f.weight" => (tensor.Name, zeros([4, 4])),
                "transformer.wpe.weight" => (tensor.Name, zeros([2], float64)),
                _ => tensor,
            }),
            ("\"other\"", ones(1)),
        ]);
        Assert.Equal(
            $"{File}: expected tensor {string.Join(", ", Enumerable.Range(0, 24).Select(layer => $"transformer.h.{layer}.ln_1.bias"))}, "
            + "found no such tensor; expected only the model's tensors, found also \"other\"; "
            + "transformer.wpe.weight: expected F32, F16 or BF16 of shape [16, 16], found F64 [2]; "
            + "transformer.ln_f.weight: expected shape [16], found [4, 4]; "
            + "transformer.ln_f.bias: expected dtype F32, F16 or BF16, found I64",
            Refusal(config));
    }

    [Fact]
    public void An_absent_folder_is_named()
    {
        var absent = Path.Combine(_folder, "absent");
        Assert.Equal($"{Path.Combine(absent, HuggingFaceWeights.FileName)}: expected a file, found nothing there",
            Assert.Throws<BadInputException>(() => HuggingFaceWeights.Open(absent, Tiny.Config())).Message);
    }

    [Fact]
    public void Identity_names_the_folder_and_changes_with_the_weights()
    {
        var config = Tiny.Config();
        Save(config);
        string Identity()
        {
            using var weights = HuggingFaceWeights.Open(_folder, config);
            return weights.Identity;
        }

        var first = Identity();
        Assert.StartsWith($"{_folder} (sha256 ", first, StringComparison.Ordinal);
        Save(config, seed: 8);
        Assert.NotEqual(first, Identity());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_saved_model_is_read_by_an_independent_reader_key_for_key(bool tied)
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Config(tied: tied);
        Save(config);
        using var model = Tiny.Cut(config, 1, seed: 7);
        var expected = model.Parameters.Where(parameter => !tied || parameter.Name != "lm_head.weight").ToList();
        var read = IndependentSafeTensors.Read(File);
        Assert.Equal(expected.Select(parameter => parameter.Name).Order(), read.Tensors.Keys.Order());
        foreach (var parameter in expected)
        {
            var (type, shape, bytes) = read.Tensors[parameter.Name];
            Assert.Equal("F32", type);
            Assert.Equal(parameter.Value.shape, shape);
            Assert.Equal(parameter.Value.bytes.ToArray(), bytes);
        }
        Assert.Equal("pt", read.Metadata["format"]);
        Assert.Equal(0, read.DataStart % 8);
    }

    /// <summary>Compares with Hugging Face's own files byte for byte, except for buffers that it no longer saves.</summary>
    [Fact]
    public void Files_of_Hugging_Face_are_rewritten_key_for_key()
    {
        Fixtures.SkipIfAbsent();
        var originals = Fixtures.Models.Select(name => Path.Combine(Fixtures.Folder, name, HuggingFaceWeights.FileName)).Where(System.IO.File.Exists);
        Assert.All(originals, original =>
        {
            using var scope = NewDisposeScope();
            var config = ModelConfig.Read(Path.Combine(Path.GetDirectoryName(original)!, HuggingFaceFolder.ConfigName));
            using var weights = HuggingFaceWeights.Open(original, config);
            using var model = new CutModel(config, 2, weights);
            HuggingFaceFolder.Save(_folder, config, model.Parameters.DistinctBy(p => p.Name).Select(p => (p.Name, (Tensor)p.Value)));
            var (theirs, ours) = (IndependentSafeTensors.Read(original).Tensors, IndependentSafeTensors.Read(File).Tensors);
            Assert.Equal(theirs.Keys.Where(key => !IsBuffer(key)).Order(), ours.Keys.Order());
            foreach (var (key, (type, shape, bytes)) in ours)
            {
                Assert.Equal((theirs[key].Type, string.Join(',', theirs[key].Shape)), (type, string.Join(',', shape)));
                Assert.Equal(theirs[key].Bytes, bytes);
            }
        });
        static bool IsBuffer(string key) => key.EndsWith(".attn.bias", StringComparison.Ordinal)
            || key.EndsWith(".attn.masked_bias", StringComparison.Ordinal) || key.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_belong_to_a_model_are_copied_and_no_others()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        foreach (var name in Auxiliary.Append("pytorch_model.bin").Append("README.md"))
            System.IO.File.WriteAllText(Path.Combine(source, name), name);
        System.IO.File.Delete(Path.Combine(source, "merges.txt"));
        Directory.CreateDirectory(Path.Combine(source, "merges.txt"));
        System.IO.File.Delete(Path.Combine(source, "vocab.json"));
        System.IO.File.CreateSymbolicLink(Path.Combine(source, "vocab.json"), "README.md");
        var target = Path.Combine(_folder, "target");
        Save(Tiny.Config(), folder: target, from: source);
        Assert.Equal(
            Auxiliary.Except(["merges.txt"]).Append("config.json").Append("model.safetensors").Order(),
            Directory.GetFileSystemEntries(target).Select(Path.GetFileName).Order());
        Assert.Equal("tokenizer.json", System.IO.File.ReadAllText(Path.Combine(target, "tokenizer.json")));
        Assert.Equal("README.md", System.IO.File.ReadAllText(Path.Combine(target, "vocab.json")));
        Assert.Null(new FileInfo(Path.Combine(target, "vocab.json")).LinkTarget);

        Save(Tiny.Config(), folder: source, from: source);
        Assert.Equal("tokenizer.json", System.IO.File.ReadAllText(Path.Combine(source, "tokenizer.json")));
    }

    [Fact]
    public void A_saved_config_declares_float32()
    {
        var json = Tiny.Config().ToJson();
        json["torch_dtype"] = "bfloat16";
        json["dtype"] = "bfloat16";
        Save(ModelConfig.FromJson(json, "test"));
        var saved = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(_folder, HuggingFaceFolder.ConfigName)))!;
        Assert.Equal("float32", (string?)saved["torch_dtype"]);
        Assert.Equal("float32", (string?)saved["dtype"]);
    }

    [Fact]
    public void Weights_of_another_model_are_not_saved()
    {
        Assert.Throws<ArgumentException>(() => HuggingFaceFolder.Save(_folder, Tiny.Config(), [("transformer.wte.weight", ones(2, 2))]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Saving_keeps_unknown_fields()
    {
        var json = Tiny.Config().ToJson();
        json["attn_pdrop"] = 0.1;
        json["an_unknown_field"] = new JsonObject { ["a"] = 1 };
        var config = ModelConfig.FromJson(json, "test");
        Assert.Equal(["attn_pdrop = 0.1"], config.DropoutsNotApplied);
        Assert.True(JsonNode.DeepEquals(json, config.ToJson()));
    }

    [Fact]
    public void A_file_that_cannot_be_copied_is_named_and_the_model_saved()
    {
        var from = Directory.CreateDirectory(Path.Combine(_folder, "from")).FullName;
        System.IO.File.CreateSymbolicLink(Path.Combine(from, "generation_config.json"), "../blobs/absent");
        Directory.CreateDirectory(Path.Combine(from, "tokenizer.model"));
        System.IO.File.WriteAllText(Path.Combine(from, "vocab.json"), "{}");
        using var scope = NewDisposeScope();
        var config = Tiny.Config();
        using var model = Tiny.Cut(config, 1);
        var to = Path.Combine(_folder, "to");
        var notes = HuggingFaceFolder.Save(to, config, model.Parameters.Select(p => (p.Name, (Tensor)p.Value)), modelFrom: from, tokenizerFrom: from);
        Assert.Equal(
            [
                $"{from}/generation_config.json: expected a file, found a link to nothing (../blobs/absent); it is not saved with the model",
                $"{from}/tokenizer.model: expected a file, found a folder; it is not saved with the model",
            ],
            notes);
        Assert.Equal(notes, HuggingFaceFolder.LeftOut(from, from));
        Assert.Equal(
            ["config.json", "model.safetensors", "vocab.json"], Directory.GetFiles(to).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Auxiliary => HuggingFaceFolder.TokenizerNames.Concat(HuggingFaceFolder.GenerationNames);

    private string Save(ModelConfig config, ulong seed = 7, string? folder = null, string? from = null)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Cut(config, 1, seed);
        var weights = model.Parameters.Select(parameter => (parameter.Name, (Tensor)parameter.Value));
        HuggingFaceFolder.Save(folder ?? _folder, config, weights, modelFrom: from, tokenizerFrom: from);
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
        Assert.Throws<BadInputException>(() => HuggingFaceWeights.Open(_folder, config)).Message;
}
