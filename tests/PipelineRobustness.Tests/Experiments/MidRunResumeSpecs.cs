using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A run that was stopped midway resumes from its own checkpoints, and from no others.</summary>
public sealed class MidRunResumeSpecs : IDisposable
{
    private const string One =
        """
        training { iterations = 4, micro-batches = 2, sequence-length = 8 }
        runs = [{ name = pretrain }, { name = a, from = pretrain }]
        """;

    private readonly ExperimentFiles _files = new();
    private readonly ManualClock _clock = new();

    // What each launch of run a found: its checkpoints, newest first, and the reasons for those left out.
    private readonly List<(string Folder, long[] Versions, string[] LeftOut)> _found = [];
    private string _opened = "";

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_run_resumed_midway_has_the_results_of_an_uninterrupted_one()
    {
        var whole = await RunAsync("one", Pipeline(until: 4), resume: false);
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var resumed = await RunAsync("two", Pipeline(until: 4, from: 2), resume: true);
        Assert.Equal([2L, 1], _found[^1].Versions);
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
        static IEnumerable<object> Shown(ExperimentResult e) => e.Runs.Select(r => (object)(r.Iterations, r.Attempts, r.WeightsSha256, r.TrainingTime));
        Assert.Equal(Shown(whole), Shown(resumed));
        Assert.Equal(whole.Runs[1].Losses, resumed.Runs[1].Losses);
        Assert.Equal("done", resumed.Status);
    }

    [Fact]
    public async Task A_checkpoint_later_than_the_record_is_ignored()
    {
        await RunAsync("two", Pipeline(until: 2, RunStatus.Failed, 1, 2, 3), resume: false);
        await RunAsync("two", Pipeline(until: 4), resume: true);
        Assert.Equal([2L, 1], _found[^1].Versions);
        Assert.Equal(["the checkpoint after iteration 3 of run a: expected the events up to there, found 2 iterations"], _found[^1].LeftOut);
    }

    [Fact]
    public async Task Checkpoints_are_deleted_after_the_run_unless_kept()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        Assert.Single(Directory.GetDirectories(Path.Combine(_files.Folder, "two", "checkpoints")));
        await RunAsync("two", Pipeline(until: 4), resume: true);
        Assert.False(Directory.Exists(Path.Combine(_files.Folder, "two", "checkpoints")));
        await RunAsync("kept", Pipeline(until: 4, RunStatus.Done, 1, 2), resume: false, "output.checkpoints=keep");
        Assert.Single(Directory.GetDirectories(Path.Combine(_files.Folder, "kept", "checkpoints")));
    }

    [Fact]
    public async Task A_run_with_other_settings_starts_over_and_deletes_old_checkpoints()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var old = _found[^1].Folder;
        await RunAsync("two", Pipeline(until: 2, RunStatus.Interrupted, 1), resume: true, "runs=[{name=pretrain},{name=a, from=pretrain, seed=5}]");
        Assert.Empty(_found[^1].Versions);
        Assert.NotEqual(old, _found[^1].Folder);
        Assert.Equal([_found[^1].Folder], Directory.GetDirectories(Path.Combine(_files.Folder, "two", "checkpoints")));
        Assert.Equal(2, Lines("two").Count(l => (string)l["event"]! == "iteration" && (string)l["run"]! == "a"));
    }

    [Fact]
    public async Task A_run_whose_parent_has_other_settings_starts_over()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var old = _found[^1].Folder;
        await RunAsync("other", Pipeline(until: 3, RunStatus.Interrupted, 1), resume: false, "runs=[{name=pretrain, seed=5},{name=a, from=pretrain}]");
        Assert.NotEqual(Path.GetFileName(old), Path.GetFileName(_found[^1].Folder));
    }

    [Fact]
    public async Task A_run_that_starts_over_ignores_earlier_checkpoints()
    {
        await RunAsync("two", Pipeline(until: 4, RunStatus.Done, 1, 2), resume: false, "output.checkpoints=keep");
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false, "output.checkpoints=keep");
        Assert.Empty(_found[^1].Versions);
        File.Delete(Path.Combine(_files.Folder, "two", "events.jsonl"));
        await RunAsync("two", Pipeline(until: 4), resume: true, "output.checkpoints=keep");
        Assert.Empty(_found[^1].Versions);
        Assert.Empty(_found[^1].LeftOut);
    }

    /// <summary>Neither the partition of the model nor a wait time matters; finished work is kept, with a note of how it was done.</summary>
    [Fact]
    public async Task A_run_resumes_over_another_number_of_stages()
    {
        await RunAsync("one", Pipeline(until: 4), resume: false);
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var pipeline = Pipeline(until: 4, from: 2);
        var result = await RunAsync("two", pipeline, resume: true, "pipeline.stages=6", "pipeline.give-up-after=2h", "training.recompute=true");
        Assert.Equal(["a"], pipeline.Launched.Select(l => l.Plan.Name));
        Assert.Equal((6, true), (pipeline.Launched[0].Plan.Stages, pipeline.Launched[0].Plan.Training.Recompute));
        Assert.Equal([2L, 1], _found[^1].Versions);
        Assert.Equal([4, 6], result.Runs.Select(r => r.Settings.Pipeline.Stages));
        Assert.Equal([4, 6], JsonNode.Parse(Text("two", "experiment.json"))!["runs"]!.AsArray().Select(r => (int)r!["settings"]!["pipeline"]!["stages"]!));
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
    }

    [Theory]
    [InlineData("training.clip=per-stage")]
    [InlineData("attack.forward={ kind = sign-flip, rate = 0.5 }")]
    [InlineData("attack.backward={ kind = false-accusation, rate = 0.5 }")]
    public async Task A_run_clipped_per_stage_starts_over_with_another_number_of_stages(string setting)
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false, setting);
        var experiment = Experiment(setting, "pipeline.stages=6");
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "two"), resume: true);
        var refused = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Contains("found 2 with other settings", refused, StringComparison.Ordinal);
        Assert.Contains("pipeline.stages = 4, now 6", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resume_that_fails_again_loses_nothing()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var events = Text("two", "events.jsonl");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var failing = Pipeline(until: 1, RunStatus.Failed);
            var launches = 0;
            failing.Launching = _ =>
            {
                launches++;
                throw new InvalidOperationException("no room");
            };
            var result = await RunAsync("two", failing, resume: true);
            Assert.Equal("failed", result.Status);
            Assert.Equal(1, launches);
            Assert.Equal(events, Text("two", "events.jsonl"));
        }

        await RunAsync("two", Pipeline(until: 4, from: 2), resume: true);
        Assert.Equal([2L, 1], _found[^1].Versions);
    }

    [Fact]
    public async Task A_run_without_resume_does_not_replace_checkpoints()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var message = Assert.Throws<BadInputException>(() => ExperimentFolder.Open(Path.Combine(_files.Folder, "two"))).Message;
        Assert.Contains("(1 run done, with checkpoints)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_observer_learns_where_a_run_resumes()
    {
        await RunAsync("two", Pipeline(until: 3, RunStatus.Interrupted, 1, 2), resume: false);
        var watch = new Watch();
        await RunAsync("two", Pipeline(until: 4, from: 1), resume: true, watch);
        Assert.Equal(["begins", "resumes after 3 of 00:00:03", "IterationCommitted 3", "ends"], watch.Heard.SkipWhile(h => h != "begins"));
    }

    [Fact]
    public async Task A_store_is_closed_with_its_run()
    {
        await RunAsync("two", Pipeline(until: 4), resume: false);
        lock (FakeStore.Closed) Assert.Contains(_found[^1].Folder, FakeStore.Closed);
    }

    private FakePipeline Pipeline(int until, RunStatus status = RunStatus.Done, params long[] checkpoints) => Pipeline(until, 0, status, checkpoints);

    /// <summary>
    /// Reports run a's iterations after <paramref name="from"/> up to <paramref name="until"/>, writes checkpoints, ends as set.
    /// </summary>
    private FakePipeline Pipeline(int until, int from, RunStatus status = RunStatus.Done, params long[] checkpoints)
    {
        var pipeline = new FakePipeline();
        pipeline.Events["pretrain"] = [.. Enumerable.Range(0, 4).Select(i => FakePipeline.Committed(i, 4 - i, TimeSpan.FromSeconds(i + 1)))];
        pipeline.Events["a"] = [.. Enumerable.Range(from, until - from).Select(i => FakePipeline.Committed(i, 3 - i, TimeSpan.FromSeconds(i + 1)))];
        pipeline.Ends["a"] = (status, status == RunStatus.Done ? null : "why", status == RunStatus.Done ? 2 : null);
        pipeline.Beginning = (plan, ports) =>
        {
            var leftOut = new List<string>();
            if (plan.Name == "a")
                _found.Add((_opened, [.. ports.Store!.Whole("a", leftOut.Add).Select(m => m.Version)], [.. leftOut]));
        };
        pipeline.Working = (plan, ports, _) =>
        {
            foreach (var version in plan.Name == "a" ? checkpoints : [])
                ports.Store!.Write("a", version, default, new BlockState(default!, []), 0, (_, _) => { });
        };
        return pipeline;
    }

    private PreparedExperiment Experiment(params string[] sets) => PreparedExperiment.Prepare(_files.Read(One, sets));

    private string Text(string folder, string file) => File.ReadAllText(Path.Combine(_files.Folder, folder, file));

    private IEnumerable<JsonNode> Lines(string folder) =>
        Text(folder, "events.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!);

    private Task<ExperimentResult> RunAsync(string name, FakePipeline pipeline, bool resume, params string[] sets) =>
        RunAsync(name, pipeline, resume, new SilentObserver(), sets);

    private async Task<ExperimentResult> RunAsync(string name, FakePipeline pipeline, bool resume, IExperimentObserver observer, params string[] sets)
    {
        var experiment = Experiment(sets);
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, name), resume);
        var before = resume ? EarlierResults.Read(experiment, folder) : EarlierResults.Nothing;
        IStore Open(string path, RunSettings run, Action ask)
        {
            if (run.Name == "a")
                _opened = path;
            return new FakeStore(path);
        }

        return await new ExperimentRunner(pipeline.LaunchAsync, _clock, Open).RunAsync(
            experiment, folder, "run a.conf", observer, CancellationToken.None, before);
    }

    private sealed class Watch : IExperimentObserver
    {
        public List<string> Heard { get; } = [];

        public void Began(RunSettings run) => Heard.Add("begins");

        public void Resumes(RunSettings run, long iterations, long verdicts, TimeSpan trained) => Heard.Add($"resumes after {iterations} of {trained}");

        public void Happened(RunSettings run, RunEvent occurrence) => Heard.Add($"{occurrence.GetType().Name} {(occurrence as IterationCommitted)?.Iteration}");

        public void Ended(RunResult result) => Heard.Add("ends");
    }
}
