using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Models;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A run whose numbers are no longer finite says where first, and ends with its last finite weights unless it is to continue.</summary>
public sealed class DivergenceSpecs : IDisposable
{
    // The rate is 0 in iteration 0: that of iteration 1 makes all weights huge, and iteration 2 has no loss.
    private const string Huge =
        """
        seed = 3
        model { preset = gpt2-nano, layers = 4 }
        pipeline.stages = 2
        training { iterations = 6, micro-batches = 2, sequence-length = 8, learning-rate = 1e30, warm-up = 1 }
        evaluation.windows = 2
        checkpoint { every = 1, keep = 1 }
        """;

    private static readonly string Infinite = Huge.Replace("1e30", "1e39", StringComparison.Ordinal);

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_run_ends_at_the_first_loss_that_is_not_finite_with_its_last_weights(int stages)
    {
        var (code, output) = await RunAsync(Huge, "--set", $"pipeline.stages={stages}");
        Assert.Equal(ExitCode.Failed, code);
        var found = $"iteration 2: the loss is NaN (stage {stages - 1})";
        Assert.Contains($"\nbase: {found}\n", output, StringComparison.Ordinal);
        var run = Run();
        Assert.Equal(("failed", 2L, $"{found} (training.stop-when-not-finite)"), ((string)run["status"]!, (long)run["iterations"]!, (string)run["reason"]!));
        Assert.Equal((2L, stages - 1, "loss", "NaN"), ((long)run["notFinite"]!["iteration"]!, (int)run["notFinite"]!["stage"]!,
            (string)run["notFinite"]!["what"]!, (string)run["notFinite"]!["detail"]!));
        Assert.Single(Events(), line => (string)line["event"]! == "not-finite");
        Assert.Equal(2, Events().Count(line => (string)line["event"]! == "iteration"));
        Assert.True(WeightsAreFinite());
        Assert.Equal(await SavedWeightsAsync(), (string)run["weightsSha256"]!);
        Assert.Contains(found, await File.ReadAllTextAsync(Path.Combine(Out, "report.html"), Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checkpoint.every=1")]
    [InlineData("checkpoint.every=0")]
    public async Task A_run_ends_before_the_step_that_made_a_weight_infinite(string checkpoints)
    {
        var (code, output) = await RunAsync(Infinite, "--set", checkpoints);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("\nbase: iteration 1: after the step weight ", output, StringComparison.Ordinal);
        var run = Run();
        Assert.Equal(("failed", 1L, "state"), ((string)run["status"]!, (long)run["iterations"]!, (string)run["notFinite"]!["what"]!));
        Assert.True(WeightsAreFinite());
        Assert.Equal(await SavedWeightsAsync(), (string)run["weightsSha256"]!);
    }

    [Theory]
    [InlineData("training.stop-when-not-finite=false")]
    [InlineData("attack.forward={ kind = sign-flip, rate = 0.1, stage = 1 }")]
    public async Task A_run_that_continues_keeps_its_last_finite_checkpoint(string setting)
    {
        using var experiment = PreparedExperiment.Prepare(_files.Read(Huge, "pipeline.stages=3", setting)).WithTensors();
        using (var folder = ExperimentFolder.Open(Out))
        {
            // A store that writes at once: no checkpoint is left out while the one before is being written.
            var runner = new ExperimentRunner(PipelineHost.RunAsync, TimeProvider.System, (path, run, _) => new CheckpointStore(path, run.Checkpoint.Keep));
            await runner.RunAsync(experiment, folder, "run", new SilentObserver(), Stop);
        }

        Assert.Equal(("done", true, 2L), ((string)Run()["status"]!, (bool)Run()["diverged"]!, (long)Run()["notFinite"]!["iteration"]!));
        Assert.Single(Events(), line => (string)line["event"]! == "not-finite");
        var runs = Assert.Single(Directory.GetDirectories(Path.Combine(Out, "checkpoints")));
        Assert.StartsWith("v00000002-", Path.GetFileName(Assert.Single(Directory.GetDirectories(runs))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attacked_run_stops_if_it_is_asked_to()
    {
        var (code, _) = await RunAsync(
            Huge, "--set", "pipeline.stages=3", "--set", "attack.forward={ kind = sign-flip, rate = 0.1, stage = 1 }", "--set",
            "training.stop-when-not-finite=true");
        Assert.Equal((ExitCode.Failed, 2L), (code, (long)Run()["iterations"]!));
    }

    [Fact]
    public async Task A_run_that_stopped_is_resumed_to_the_same_end()
    {
        await RunAsync(Huge);
        var before = Run();
        var (code, _) = await RunAsync(Huge, "--resume");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal((string)before["stateSha256"]!, (string)Run()["stateSha256"]!);
        Assert.Equal((string)before["reason"]!, (string)Run()["reason"]!);
        Assert.Single(Events(), line => (string)line["event"]! == "not-finite");
    }

    [Fact]
    public async Task A_simulation_of_it_is_judged_wrong_for_that_reason()
    {
        var (code, output) = await InvokeAsync("simulate", _files.Write(Huge));
        Assert.Equal((int)CaseVerdict.Wrong, code);
        Assert.Contains("failed: iteration 2: the loss is NaN (stage 1) (training.stop-when-not-finite)", output, StringComparison.Ordinal);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Out => Path.Combine(_files.Folder, "out");

    private JsonNode Run() => JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "experiment.json")))!["runs"]![0]!;

    private IEnumerable<JsonNode> Events() => File.ReadLines(Path.Combine(Out, "events.jsonl")).Select(line => JsonNode.Parse(line)!);

    private bool WeightsAreFinite() => IndependentSafeTensors.Read(Path.Combine(Out, "base", "model", "model.safetensors")).Tensors.Values
        .All(tensor => MemoryMarshal.Cast<byte, float>(tensor.Bytes).ToArray().All(float.IsFinite));

    private Task<(int Code, string Output)> RunAsync(string experiment, params string[] options) =>
        InvokeAsync(["run", _files.Write(experiment), "--out", Out, .. options]);

    // The hash of the weights that were saved.
    private async Task<string> SavedWeightsAsync()
    {
        var model = Path.Combine(Out, "base", "model");
        var folder = Path.Combine(_files.Folder, "again");
        var text = $"seed = 3\nmodel.path = \"{model}\"\npipeline.stages = 1\ntraining {{ iterations = 0, sequence-length = 8 }}\nevaluation.windows = 2";
        await InvokeAsync("run", _files.Write(text, "again.conf"), "--out", folder, "--set", "training.stop-when-not-finite=false");
        return (string)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "experiment.json"), Stop))!["runs"]![0]!["weightsSha256"]!;
    }

    private static async Task<(int Code, string Output)> InvokeAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.InvokeAsync(args, output, output);
        return (code, output.ToString());
    }
}
