using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Folders whose weights contradict their config.json: what is there is used, and a note says so.</summary>
public sealed class StoredModelSpecs : IDisposable
{
    private const string Head = "lm_head.weight", Embedding = "transformer.wte.weight";

    private readonly string _folder = Directory.CreateTempSubdirectory("stored-").FullName;

    private string Weights => Path.Combine(_folder, HuggingFaceWeights.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_head_that_a_tied_config_denies_is_used_saved_and_noted()
    {
        using var scope = NewDisposeScope();
        Save(Families.Config("gpt2"));
        var head = randn(29, 16);
        Rewrite(tensors => [.. tensors, (Head, head)]);
        var stored = StoredModel.Read(_folder);
        Assert.Equal(
            [$"config.json says that the head is tied to {Embedding}, model.safetensors holds one of its own ({Head}): it is used and trained"],
            stored.Notes);
        Assert.False(stored.Config.TiedHead);
        Assert.Equal(
            $"{Weights}: {Head}: expected the numbers of {Embedding}, to which it is tied, found others",
            Assert.Throws<BadInputException>(() => HuggingFaceWeights.Open(_folder, Families.Config("gpt2"))).Message);
        using (var weights = HuggingFaceWeights.Open(_folder, stored.Config))
        {
            var read = empty(29, 16);
            weights.Fill(Head, read);
            Assert.True(read.equal(head).all().item<bool>());
            using var model = new CutModel(stored.Config, 3, weights);
            HuggingFaceFolder.Save(_folder, stored.Config, model.Parameters.Select(p => (p.Name, (Tensor)p.Value)));
        }

        var again = StoredModel.Read(_folder);
        Assert.Empty(again.Notes);
        Assert.False(again.Config.TiedHead);
    }

    [Fact]
    public void A_head_with_the_numbers_of_the_embedding_stays_tied()
    {
        using var scope = NewDisposeScope();
        Save(Families.Config("gpt2"));
        // The numbers count, not the type that they are stored in.
        Rewrite(tensors =>
        [
            .. tensors.Select(t => t.Name == Embedding ? (t.Name, t.Value.to(bfloat16)) : t),
            (Head, tensors.Single(t => t.Name == Embedding).Value.to(bfloat16).to(float32)),
        ]);
        var stored = StoredModel.Read(_folder);
        Assert.True(stored.Config.TiedHead);
        Assert.DoesNotContain(stored.Notes, note => note.Contains(Head, StringComparison.Ordinal));
    }

    [Theory, InlineData(""), InlineData("transformer.")]
    public void A_tied_matrix_stored_as_the_head_only_is_used_as_both(string missing)
    {
        using var scope = NewDisposeScope();
        var config = Families.Config("gpt2");
        Save(config);
        var matrix = randn(29, 16);
        Rewrite(tensors => [.. tensors.Where(t => t.Name != Embedding)
            .Select(t => (missing.Length > 0 ? t.Name.Replace(missing, "", StringComparison.Ordinal) : t.Name, t.Value)), (Head, matrix)]);
        var stored = StoredModel.Read(_folder);
        Assert.Equal([$"config.json says that the head is tied to {Embedding}, model.safetensors holds only {Head}: it is used as both"], stored.Notes);
        Assert.True(stored.Config.TiedHead);
        using var weights = HuggingFaceWeights.Open(_folder, stored.Config);
        var read = empty(29, 16);
        weights.Fill(Embedding, read);
        Assert.True(read.equal(matrix).all().item<bool>());
        Assert.Empty(StoredModel.NotFinite(_folder, stored.Config));
    }

    [Fact]
    public void A_vocabulary_and_positions_are_those_of_the_weights()
    {
        Save(Families.Config("opt"));
        Change(json => (json["vocab_size"], json["max_position_embeddings"]) = (31, 12));
        var stored = StoredModel.Read(_folder);
        Assert.Equal((29, 16), (stored.Config.VocabularySize, stored.Config.Positions));
        Assert.Equal(
            [
                "config.json says a vocabulary of 31, model.safetensors holds 29 rows of model.decoder.embed_tokens.weight: 29 are used",
                "config.json says 12 positions, model.safetensors holds 16 in model.decoder.embed_positions.weight: 16 are used",
            ],
            stored.Notes);
        using var weights = HuggingFaceWeights.Open(_folder, stored.Config);
    }

    [Theory]
    [InlineData("llama, shared heads, tied", "attention_bias", "model.layers.0.self_attn.q_proj.bias and 23 more")]
    [InlineData("llama, shared heads, tied", "mlp_bias", "model.layers.0.mlp.gate_proj.bias and 17 more")]
    [InlineData("opt", "enable_bias", "model.decoder.layers.0.self_attn.q_proj.bias and 35 more")]
    public void Biases_that_the_config_denies_are_used(string family, string field, string named)
    {
        var config = Families.Config(family);
        Save(config);
        Change(json => json[field] = false);
        var stored = StoredModel.Read(_folder);
        Assert.True(config.HasShapeOf(stored.Config));
        Assert.Equal([$"config.json says no such biases, model.safetensors holds {named}: they are used"], stored.Notes);
    }

    [Fact]
    public void Biases_of_some_layers_only_are_refused_by_name()
    {
        Save(Families.Config("llama, shared heads, tied"));
        Change(json => json["mlp_bias"] = false);
        Rewrite(tensors => [.. tensors.Where(t => t.Name != "model.layers.3.mlp.up_proj.bias")]);
        Assert.Contains(
            "expected only the model's tensors, found also model.layers.0.mlp.down_proj.bias",
            Assert.Throws<BadInputException>(() => StoredModel.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torch_dtype", "bfloat16", "BF16", "F32")]
    [InlineData("dtype", "torch.float16", "F16", "F32")]
    [InlineData("dtype", "float64", "float64", "F32")]
    public void A_type_that_the_weights_do_not_have_is_noted(string field, string type, string named, string held)
    {
        Save(Families.Config("gpt2"));
        Change(json =>
        {
            json.Remove("torch_dtype");
            json[field] = type;
        });
        Assert.Equal(
            [$"config.json says weights of type {named}, model.safetensors holds {held}: the weights are read as they are and trained in float32"],
            StoredModel.Read(_folder).Notes);
    }

    [Theory, InlineData("gpt2"), InlineData("opt"), InlineData("bloom"), InlineData("llama")]
    public void Weights_that_agree_with_their_config_need_no_note(string family)
    {
        var config = Families.Config(family);
        Save(config);
        var stored = StoredModel.Read(_folder);
        Assert.Empty(stored.Notes);
        Assert.True(config.HasShapeOf(stored.Config));
        Assert.Empty(StoredModel.NotFinite(_folder, stored.Config));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_named_with_their_file()
    {
        using var scope = NewDisposeScope();
        var config = Families.Config("gpt2");
        Save(config);
        Rewrite(tensors => [.. tensors.Select(tensor => tensor.Name switch
        {
            "transformer.h.1.ln_1.weight" => (tensor.Name, Changed(tensor.Value, float.NaN, float.NegativeInfinity)),
            "transformer.h.2.mlp.c_fc.weight" => (tensor.Name, Changed(tensor.Value, float.PositiveInfinity).to(bfloat16)),
            "transformer.wpe.weight" => (tensor.Name, Changed(tensor.Value, float.NaN).to(float16)),
            _ => tensor,
        })]);
        Assert.Equal(
            [
                $"{Weights}: expected finite weights, found infinities or NaN in transformer.wpe.weight (1 of 256), "
                + "transformer.h.1.ln_1.weight (2 of 16), transformer.h.2.mlp.c_fc.weight (1 of 1024)",
            ],
            StoredModel.NotFinite(_folder, config));
    }

    private static Tensor Changed(Tensor tensor, params float[] values)
    {
        var changed = tensor.clone();
        foreach (var (index, value) in values.Index())
            changed.view(-1)[index] = value;
        return changed;
    }

    private void Save(ModelConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = new CutModel(config, 1, new SeededWeights(config, 7));
        HuggingFaceFolder.Save(_folder, config, model.Parameters.Select(p => (p.Name, (Tensor)p.Value)));
    }

    private void Change(Action<JsonObject> change)
    {
        var path = Path.Combine(_folder, HuggingFaceFolder.ConfigName);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private void Rewrite(Func<List<(string Name, Tensor Value)>, List<(string Name, Tensor Value)>> change)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> tensors;
        using (var file = SafeTensorsFile.Open(Weights))
            tensors = [.. file.Tensors.Keys.Select(name => (name, file.Read(name)))];
        SafeTensorsWriter.Write(Weights, change(tensors));
    }
}
