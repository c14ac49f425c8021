using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Cli;

/// <summary>What a run says at its start about the folder of its model.</summary>
public sealed class ModelFolderSpecs : IDisposable
{
    private const string Experiment =
        """
        training { iterations = 1, micro-batches = 1, sequence-length = 8 }
        evaluation.windows = 1
        runs = [{ name = r }]
        """;

    private readonly ExperimentFiles _files = new();

    private string Model => Directory.CreateDirectory(Path.Combine(_files.Folder, "model")).FullName;

    private string Weights => Path.Combine(Model, HuggingFaceWeights.FileName);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_run_notes_a_head_that_the_config_denies_and_saves_it()
    {
        Write(tensors => [.. tensors, ("lm_head.weight", ones(257, 16))]);
        var (code, output) = await RunAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(
            "note: config.json says that the head is tied to transformer.wte.weight, model.safetensors holds one of its own (lm_head.weight): "
            + "it is used and trained\n",
            output, StringComparison.Ordinal);
        var saved = Path.Combine(_files.Folder, "out", "r", "model");
        Assert.False(ModelConfig.Read(Path.Combine(saved, "config.json")).TiedHead);
        using var written = WeightFiles.Open(saved);
        Assert.True(written.Tensors.ContainsKey("lm_head.weight"));
    }

    [Fact]
    public async Task A_run_names_weights_that_are_not_finite_at_its_start()
    {
        Write(tensors => [.. tensors.Select(t => t.Name == "transformer.ln_f.bias" ? (t.Name, full([16], float.NaN)) : t)]);
        var (_, output) = await RunAsync();
        Assert.Contains(
            $"note: {Weights}: expected finite weights, found infinities or NaN in transformer.ln_f.bias (16 of 16)\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_only_copied_never_cost_the_result()
    {
        Write(tensors => [.. tensors]);
        // GPT-2's symbols for the 256 bytes.
        int[] symbols = [.. Enumerable.Range(33, 94), .. Enumerable.Range(161, 12), .. Enumerable.Range(174, 82 + 68)];
        File.WriteAllText(Path.Combine(Model, "vocab.json"), TokenizerFixture.Vocabulary([.. symbols.Select(symbol => $"{(char)symbol}")]));
        File.WriteAllText(Path.Combine(Model, "merges.txt"), "#version: 0.2\n");
        File.CreateSymbolicLink(Path.Combine(Model, "generation_config.json"), "../../blobs/absent");
        File.WriteAllText(Path.Combine(Model, "tokenizer.model"), "Found. Redirecting to https://cdn");
        var (code, output) = await RunAsync();
        Assert.Equal(ExitCode.Done, code);
        foreach (var note in (string[])
            [
                "generation_config.json: expected a file, found a link to nothing (../../blobs/absent); it is not saved with the model\n",
                "tokenizer.model: expected a file of a model, found a server's error message: the file itself was not downloaded; "
                + "it is not saved with the model\n",
            ])
        {
            Assert.Equal(2, output.Split($"note: {Path.Combine(Model, note)}").Length);
            Assert.Contains(Path.Combine(Model, note).TrimEnd(), NotSaved());
        }
        Assert.Equal(
            ["config.json", "merges.txt", "model.safetensors", "vocab.json"],
            Directory.GetFiles(Path.Combine(_files.Folder, "out", "r", "model")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private void Write(Func<IEnumerable<(string Name, Tensor Value)>, List<(string Name, Tensor Value)>> change)
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Config();
        using var model = Tiny.Cut(config, 1);
        HuggingFaceFolder.Save(Model, config, model.Parameters.Select(p => (p.Name, (Tensor)p.Value)));
        SafeTensorsWriter.Write(Weights, change(model.Parameters.Where(p => p.TiedTo is null).Select(p => (p.Name, p.Value.detach()))));
    }

    private IEnumerable<string> NotSaved() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(_files.Folder, "out", "experiment.json")))!["runs"]![0]!["notSaved"]!.AsArray()
            .Select(note => (string)note!);

    private async Task<(int Code, string Output)> RunAsync()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var path = _files.Write($"model.path = \"{Model}\"\n{Experiment}");
        var code = await CommandLine.InvokeAsync(["run", path, "--out", Path.Combine(_files.Folder, "out")], output, error);
        Assert.Equal("", error.ToString());
        return (code, output.ToString());
    }
}
