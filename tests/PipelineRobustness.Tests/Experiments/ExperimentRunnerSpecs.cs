using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Runs are done one after another; a failure also fails only the runs that start from the failed one; the results are on the disk.</summary>
public sealed class ExperimentRunnerSpecs : IDisposable
{
    private const string Family =
        """
        training { iterations = 2, micro-batches = 2, sequence-length = 8 }
        runs = [
          { name = pretrain }
          { name = clean, from = pretrain }
          { name = attacked, from = pretrain, attack.forward = { kind = sign-flip, rate = 1 } }
        ]
        """;

    private readonly ExperimentFiles _files = new();
    private readonly FakePipeline _pipeline = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_run_starts_with_its_parent_s_weights_and_after_its_windows()
    {
        var result = await RunAsync(Family);
        Assert.Equal("seed 1", _pipeline.Launched[0].Weights);
        var parent = Path.Combine(Out, "pretrain", "model") + " (sha256 ";
        Assert.All(_pipeline.Launched.Skip(1), l => Assert.StartsWith(parent, l.Weights, StringComparison.Ordinal));
        Assert.Equal([new("pretrain", 0), new("clean", 4), new("attacked", 4)], _pipeline.Keys);
        Assert.Equal([0L, 4, 4], _pipeline.Launched.Select(l => l.WindowsUsed));
        Assert.Single(result.Runs.Select(r => r.WeightsSha256).Distinct());
        Assert.True(result.EqualsClean(result.Runs[2]));
    }

    [Fact]
    public async Task Each_runs_weights_are_a_hugging_face_folder()
    {
        await RunAsync(Family);
        foreach (var run in new[] { "pretrain", "clean", "attacked" })
        {
            Assert.True(File.Exists(Path.Combine(Out, run, "model", "config.json")));
            Assert.True(File.Exists(Path.Combine(Out, run, "model", "model.safetensors")));
        }
    }

    [Fact]
    public async Task A_failed_run_fails_its_children_and_no_other_run()
    {
        _pipeline.Ends["pretrain"] = (RunStatus.Failed, "stage 2 threw", null);
        var result = await RunAsync(Family + "\n", "runs=[{name=pretrain},{name=clean,from=pretrain},{name=lone}]");
        Assert.Equal([RunStatus.Failed, RunStatus.Failed, RunStatus.Done], result.Runs.Select(r => r.Status));
        Assert.Equal("stage 2 threw", result.Runs[0].Reason);
        Assert.Equal("not begun: run pretrain, whose weights it starts with, failed", result.Runs[1].Reason);
        Assert.Equal("failed", result.Status);
    }

    [Fact]
    public async Task An_exception_fails_its_run_in_one_line_and_is_logged_in_full()
    {
        _pipeline.Launching = plan => { if (plan.Name == "clean") throw new InvalidOperationException("no\nway"); };
        var result = await RunAsync(Family);
        Assert.Equal([RunStatus.Done, RunStatus.Failed, RunStatus.Done], result.Runs.Select(r => r.Status));
        Assert.Equal("InvalidOperationException: no\\u000away (see error.log)", result.Runs[1].Reason);
        var log = await File.ReadAllTextAsync(Path.Combine(Out, "error.log"), TestContext.Current.CancellationToken);
        Assert.Contains("   at PipelineRobustness.", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_weights_cannot_be_saved_has_failed_and_keeps_its_numbers()
    {
        _pipeline.Events["pretrain"] = [FakePipeline.Committed(0, 3, TimeSpan.FromSeconds(1)), FakePipeline.Committed(1, 2.5, TimeSpan.FromSeconds(2))];
        var other = Path.Combine(Out, "pretrain", "model", "of-an-earlier-run");
        _pipeline.Working = (plan, _, _) =>
        {
            if (plan.Name != "pretrain") return;
            Block("pretrain/model/model.safetensors");
            File.WriteAllText(other, "");
        };
        var result = await RunAsync(Family);
        var run = result.Runs[0];
        Assert.Equal((RunStatus.Failed, "failed"), (run.Status, run.ShownStatus));
        Assert.StartsWith("expected to save the weights, found Access to the path ", run.Reason, StringComparison.Ordinal);
        Assert.Equal((2, 2.0, 2), (run.Iterations, run.EvaluationLoss, run.Losses.Count));
        Assert.NotNull(run.WeightsSha256);
        Assert.NotNull(run.PeakMemory);
        Assert.NotNull(run.Inputs);
        Assert.Null(run.ModelFolder);
        Assert.False(Directory.Exists(Path.GetDirectoryName(other)));
        Assert.False(File.Exists(Path.Combine(Out, "error.log")));
        Assert.All(result.Runs.Skip(1), child => Assert.Equal("not begun", child.ShownStatus));
    }

    [Fact]
    public async Task A_run_whose_result_cannot_be_written_has_failed_and_its_checkpoints_stay()
    {
        _pipeline.Working = (plan, _, _) =>
        {
            Directory.CreateDirectory(Checkpoint(plan.Name));
            if (plan.Name == "attacked") Block("experiment.json");
        };
        var result = await RunAsync(Family);
        Assert.Equal([RunStatus.Done, RunStatus.Done, RunStatus.Failed], result.Runs.Select(r => r.Status));
        Assert.StartsWith("expected to save experiment.json, found ", result.Runs[2].Reason, StringComparison.Ordinal);
        Assert.Equal(2, result.Runs[2].EvaluationLoss);
        Assert.Equal(["attacked"], Directory.GetDirectories(Path.Combine(Out, "checkpoints")).Select(path => Path.GetFileName(path)[..^17]));
        var json = await File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), TestContext.Current.CancellationToken);
        Assert.Equal("running", (string)JsonNode.Parse(json)!["status"]!);
    }

    [Fact]
    public async Task A_run_whose_events_cannot_be_written_has_failed_and_keeps_its_numbers()
    {
        var claim = Path.Combine(Out, "server");
        _pipeline.Events["lone"] = [FakePipeline.Committed(0, 3, TimeSpan.FromSeconds(1))];
        _pipeline.Beginning = (_, _) =>
        {
            File.Move(claim, claim + "-away");
            Directory.CreateDirectory(claim);
        };
        _pipeline.Working = (_, _, _) =>
        {
            Directory.Delete(claim);
            File.Move(claim + "-away", claim);
        };
        var run = Assert.Single((await RunAsync("training { iterations = 1, micro-batches = 2, sequence-length = 8 }\nruns = [{ name = lone }]")).Runs);
        Assert.StartsWith("expected to save events.jsonl, found ", run.Reason, StringComparison.Ordinal);
        Assert.Equal((RunStatus.Failed, "failed", 1, 2.0), (run.Status, run.ShownStatus, run.Iterations, run.EvaluationLoss));
    }

    [Fact]
    public async Task A_run_that_an_exception_ends_keeps_what_is_recorded_of_it()
    {
        _pipeline.Events["clean"] = [FakePipeline.Committed(0, 3, TimeSpan.FromSeconds(1))];
        _pipeline.Working = (plan, _, _) => { if (plan.Name == "clean") throw new InvalidOperationException("no way"); };
        var run = (await RunAsync(Family)).Runs[1];
        Assert.Equal("InvalidOperationException: no way (see error.log)", run.Reason);
        Assert.Equal(("failed", 1, 3), (run.ShownStatus, run.Iterations, run.Losses[0].Loss));
    }

    [Theory]
    [InlineData("server")]
    [InlineData("events.jsonl")]
    [InlineData("experiment.json")]
    public async Task A_folder_that_cannot_be_written_to_is_refused_before_any_run(string file)
    {
        Block(file);
        var message = (await Assert.ThrowsAsync<BadInputException>(() => RunAsync(Family))).Message;
        Assert.StartsWith($"--out: expected a folder that can be written to, found {Out}: Access to the path ", message, StringComparison.Ordinal);
        Assert.Empty(_pipeline.Launched);
    }

    [Fact]
    public async Task An_interrupt_ends_the_current_run_and_starts_no_other()
    {
        using var interrupt = new CancellationTokenSource();
        _pipeline.Launching = plan => interrupt.Cancel();
        _pipeline.Ends["pretrain"] = (RunStatus.Interrupted, "interrupted after iteration 1 of 2", null);
        var result = await RunAsync(Family, interrupt.Token);
        Assert.Single(_pipeline.Launched);
        Assert.All(result.Runs, r => Assert.Equal(RunStatus.Interrupted, r.Status));
        Assert.NotNull(result.Runs[0].WeightsSha256);
        Assert.Equal("interrupted", result.Status);
    }

    [Fact]
    public async Task The_results_so_far_are_on_the_disk_before_the_next_run_begins()
    {
        var seen = new List<string>();
        _pipeline.Launching = _ =>
        {
            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "experiment.json")))!;
            seen.Add($"{json["status"]} {json["runs"]!.AsArray().Count}");
        };
        await RunAsync(Family);
        Assert.Equal(["running 0", "running 1", "running 2"], seen);
    }

    [Fact]
    public async Task Tokens_per_second_leave_evaluation_out()
    {
        _pipeline.Events["base"] =
        [
            FakePipeline.Committed(0, 3, TimeSpan.FromSeconds(1)),
            new Evaluated(1, 3, 10),
            FakePipeline.Committed(1, 2, TimeSpan.FromSeconds(2)),
        ];
        var result = await RunAsync("training { iterations = 2, micro-batches = 2, sequence-length = 8 }");
        Assert.Equal(TimeSpan.FromSeconds(2), result.Runs[0].TrainingTime);
        Assert.Equal(16, result.Runs[0].TokensPerSecond);
        Assert.Equal([(1L, 3.0), (2, 2)], result.Runs[0].Losses.Select(p => (p.Iteration, p.Loss)));
    }

    [Fact]
    public async Task A_run_reports_its_peak_memory_next_to_the_plan()
    {
        var result = await RunAsync("training { iterations = 1, micro-batches = 1, sequence-length = 8 }");
        var run = result.Runs[0];
        Assert.NotNull(run.PeakMemory);
        Assert.Equal(StageCost.Of(run.Settings, PreparedExperiment.Prepare(result.Settings).Runs[0].Model).Sum(s => s.Memory), run.PlannedMemory);
        var json = ExperimentJson.Of(result)["runs"]![0]!;
        Assert.Equal(run.PeakMemory, (long)json["peakMemoryBytes"]!);
        Assert.Equal(run.MemoryRatio, (double)json["peakOverPlannedMemory"]!);
        Assert.Equal(run.PeakIsOfRun ? "run" : "process", (string)json["peakMemoryOf"]!);
    }

    [Fact]
    public async Task Events_are_lines_of_json_that_name_their_run_verdicts_before_their_iteration()
    {
        var verdict = new Verdict(0, 1, 0, 3, Direction.Backward, 1, 0, double.PositiveInfinity);
        _pipeline.Events["base"] = [FakePipeline.Committed(0, double.NaN, TimeSpan.FromSeconds(1), verdict), new Evaluated(1, 1, 10)];
        await RunAsync("training { iterations = 1, micro-batches = 1, sequence-length = 8 }");
        var lines = await File.ReadAllLinesAsync(Path.Combine(Out, "events.jsonl"), TestContext.Current.CancellationToken);
        var events = lines.Select(l => JsonNode.Parse(l)!.AsObject()).ToList();
        Assert.Equal(["began", "verdict", "iteration", "evaluation"], events.Select(e => (string)e["event"]!));
        Assert.All(events, e => Assert.Equal("base", (string)e["run"]!));
        Assert.Equal((3, "backward"), ((int)events[1]["microBatch"]!, (string)events[1]["direction"]!));
        Assert.Equal((1, 0), ((int)events[1]["accused"]!, (int)events[1]["accusedBy"]!));
        Assert.Null(events[1]["distance"]);
        Assert.Null(events[2]["loss"]);
    }

    // A file is replaced by a temporary one, whose name a folder takes here: root may write to any file, but to no folder.
    private void Block(string file) => Directory.CreateDirectory(Path.Combine(Out, $"{file}.{Environment.ProcessId}.tmp"));

    // Of a run that has begun.
    private string Checkpoint(string run)
    {
        var began = File.ReadLines(Path.Combine(Out, "events.jsonl")).Last(line => line.StartsWith($"{{\"run\":\"{run}\"", StringComparison.Ordinal));
        return Path.Combine(Out, "checkpoints", $"{run}-{JsonNode.Parse(began)!["identity"]}", "v1");
    }

    private string Out => Path.Combine(_files.Folder, "out");

    private Task<ExperimentResult> RunAsync(string text, params string[] sets) => RunAsync(text, CancellationToken.None, sets);

    private async Task<ExperimentResult> RunAsync(string text, CancellationToken interrupt, params string[] sets)
    {
        var experiment = PreparedExperiment.Prepare(_files.Read(text, sets));
        using var folder = ExperimentFolder.Open(Out);
        return await new ExperimentRunner(_pipeline.LaunchAsync, _clock).RunAsync(experiment, folder, "run a.conf", new SilentObserver(), interrupt);
    }
}
