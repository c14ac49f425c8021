using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A stopped experiment resumes where it was, and ends as if it had never stopped.</summary>
public sealed class ResumeSpecs : IDisposable
{
    private const string Family =
        """
        training { iterations = 2, micro-batches = 2, sequence-length = 8 }
        runs = [
          { name = pretrain }
          { name = clean, from = pretrain }
          { name = attacked, from = pretrain, attack.forward = { kind = sign-flip, rate = 1 } }
          { name = lone }
        ]
        """;

    private readonly ExperimentFiles _files = new();
    private FakePipeline _pipeline = Pipeline();
    private readonly ManualClock _clock = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task An_interrupted_and_resumed_experiment_has_the_results_of_one_go(int done)
    {
        var whole = await RunAsync("one", resume: false);
        await StoppedAsync("two", done);
        _pipeline = Pipeline();
        var resumed = await RunAsync("two", resume: true);
        Assert.Equal(4 - done, _pipeline.Launched.Count);
        Assert.Equal(Lasting(ExperimentJson.Text(whole)), Lasting(ExperimentJson.Text(resumed)));
        Assert.Equal(whole.Runs.SelectMany(r => r.Losses), resumed.Runs.SelectMany(r => r.Losses));
        Assert.Equal(Lasting(Text("one", "experiment.json")), Lasting(Text("two", "experiment.json")));
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
    }

    [Fact]
    public async Task A_torn_line_and_the_events_of_an_unfinished_run_are_dropped()
    {
        await StoppedAsync("two", done: 2);
        var events = Text("two", "events.jsonl");
        var half = events.Split('\n')[0].Replace("pretrain", "attacked", StringComparison.Ordinal);
        await File.AppendAllTextAsync(Path("two", "events.jsonl"), half + "\n{\"run\":\"pretrain\",\"ev", TestContext.Current.CancellationToken);
        await RunAsync("two", resume: true);
        await RunAsync("one", resume: false);
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
    }

    [Fact]
    public async Task A_run_whose_settings_or_parent_changed_is_repeated()
    {
        await RunAsync("two", resume: false);
        _pipeline = Pipeline();
        const string Others = "{name=attacked, from=pretrain, attack.forward={kind=sign-flip, rate=1}},{name=lone}";
        await RunAsync("two", resume: true, $"runs=[{{name=pretrain}},{{name=clean, from=pretrain, seed=5}},{Others}]");
        Assert.Equal(["clean"], _pipeline.Launched.Select(l => l.Plan.Name));
        _pipeline = Pipeline();
        await RunAsync("two", resume: true, $"runs=[{{name=pretrain, seed=6}},{{name=clean, from=pretrain, seed=5}},{Others}]");
        Assert.Equal(["pretrain", "clean", "attacked"], _pipeline.Launched.Select(l => l.Plan.Name));
    }

    [Fact]
    public async Task A_changed_checkpoint_interval_does_not_repeat_a_run()
    {
        await RunAsync("two", resume: false);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true, "checkpoint.every=7", "checkpoint.keep=1");
        Assert.Empty(_pipeline.Launched);
    }

    [Fact]
    public async Task A_run_on_another_text_is_repeated()
    {
        var text = System.IO.Path.Combine(_files.Folder, "text.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("A text of some length. ", 40)));
        await RunAsync("two", resume: false, $"data.path=\"{text}\"");
        File.AppendAllText(text, "And more.");
        var experiment = PreparedExperiment.Prepare(_files.Read(Family, $"data.path=\"{text}\"", "runs=[{name=lone}]"));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var refusal = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder));
        Assert.Contains("with other settings", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_was_moved_is_the_same_text()
    {
        var text = _files.Write(string.Concat(Enumerable.Repeat("A text of some length. ", 40)), "text.txt");
        await RunAsync("two", resume: false, $"data.path=\"{text}\"");
        var moved = System.IO.Path.Combine(Directory.CreateDirectory(Path("elsewhere", "")).FullName, "other.txt");
        File.Move(text, moved);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true, $"data.path=\"{moved}\"");
        Assert.Empty(_pipeline.Launched);
    }

    [Fact]
    public async Task A_model_and_tokenizer_that_were_moved_are_the_same()
    {
        await RunAsync("one", resume: false);
        var model = Path("one", "pretrain/model");
        await RunAsync("two", resume: false, $"model.path=\"{model}\"", "model.tokenizer=bytes");
        var moved = Path("moved", "");
        Directory.Move(model, moved);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true, $"model.path=\"{moved}\"");
        Assert.Empty(_pipeline.Launched);
    }

    [Fact]
    public async Task Settings_without_effect_on_text_and_model_do_not_repeat_a_run()
    {
        const string Line = "{\"first\": \"A text of some length.\", \"second\": \"A text of some length.\"}\n";
        var text = _files.Write(string.Concat(Enumerable.Repeat(Line, 40)), "text.jsonl");
        await RunAsync("one", resume: false);
        string[] inputs = [$"model.path=\"{Path("one", "pretrain/model")}\"", $"data.path=\"{text}\""];
        await RunAsync("two", resume: false, [.. inputs, "data.field=first"]);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true, [.. inputs, "data.field=second", "data.corpus=wikitext-2", "model.preset=gpt2-micro"]);
        Assert.Empty(_pipeline.Launched);
        Assert.Equal(Digest([.. inputs, "data.field=first"]), Digest([.. inputs, "data.field=second", "data.corpus=wikitext-2", "model.preset=gpt2-micro"]));
        Assert.NotEqual(Digest([.. inputs, "data.field=first"]), Digest([.. inputs, "data.field=first", "data.validation-share=0.5"]));
    }

    [Fact]
    public async Task A_refusal_names_the_settings_of_other_text_and_weights()
    {
        await RunAsync("one", resume: false);
        await RunAsync("two", resume: false);
        var experiment = PreparedExperiment.Prepare(_files.Read(
            Family, $"model.path=\"{Path("one", "pretrain/model")}\"", "model.tokenizer=bytes", "data.validation-share=0.5"));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var refusal = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Contains("pretrain with data.validation-share = 0.1, now 0.5; ", refusal, StringComparison.Ordinal);
        Assert.Matches("the text's tokens = [0-9a-f]{12}, now [0-9a-f]{12}; model.path = ", refusal);
    }

    [Fact]
    public async Task A_model_whose_shape_was_edited_in_place_is_another()
    {
        await RunAsync("one", resume: false);
        var model = Path("one", "pretrain/model");
        await RunAsync("two", resume: false, $"model.path=\"{model}\"");
        var config = System.IO.Path.Combine(model, "config.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken))!;
        json["layer_norm_epsilon"] = 1e-3;
        await File.WriteAllTextAsync(config, json.ToJsonString(), TestContext.Current.CancellationToken);
        var experiment = PreparedExperiment.Prepare(_files.Read(Family, $"model.path=\"{model}\""));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var refusal = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Contains("pretrain with model's norm_epsilon = 1E-05, now 0.001 (", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_names_the_settings_that_differ_with_both_values()
    {
        await RunAsync("two", resume: false);
        var experiment = PreparedExperiment.Prepare(_files.Read(Family, "seed=9", "training.micro-batches=4"));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var refusal = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Contains("pretrain with seed = 1, now 9; training.micro-batches = 2, now 4 (", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finished_runs_removed_from_the_experiment_are_not_lost_by_mistake()
    {
        await RunAsync("two", resume: false);
        var fewer = PreparedExperiment.Prepare(_files.Read(Family, "runs=[{name=lone}]"));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var message = Assert.Throws<BadInputException>(() => EarlierResults.Read(fewer, folder)).Message;
        Assert.Contains("found also pretrain and 2 more, which would be lost", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_with_lost_or_changed_weights_is_repeated_if_still_needed()
    {
        await StoppedAsync("two", done: 2);
        File.Copy(Path("two", "clean/model/config.json"), Path("two", "pretrain/model/model.safetensors"), overwrite: true);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true);
        Assert.Equal(["pretrain", "clean", "attacked", "lone"], _pipeline.Launched.Select(l => l.Plan.Name));
        Directory.Delete(Path("two", "pretrain"), recursive: true);
        _pipeline = Pipeline();
        var again = await RunAsync("two", resume: true);
        Assert.Empty(_pipeline.Launched);
        Assert.Null(again.Runs[0].ModelFolder);
    }

    [Fact]
    public async Task A_parent_with_other_weights_of_the_right_shape_is_noticed()
    {
        await StoppedAsync("two", done: 2);
        var other = await RunAsync("other", resume: false, "seed=2");
        Assert.NotNull(other.Runs[0].ModelFolder);
        File.Copy(Path("other", "pretrain/model/model.safetensors"), Path("two", "pretrain/model/model.safetensors"), overwrite: true);
        _pipeline = Pipeline();
        await RunAsync("two", resume: true);
        Assert.Equal("pretrain", _pipeline.Launched[0].Plan.Name);
    }

    [Fact]
    public async Task A_diverged_run_is_kept_and_a_failed_one_is_repeated()
    {
        _pipeline.Ends["lone"] = (RunStatus.Done, null, double.NaN);
        _pipeline.Ends["attacked"] = (RunStatus.Failed, "why", null);
        await RunAsync("two", resume: false);
        _pipeline = Pipeline();
        var resumed = await RunAsync("two", resume: true);
        Assert.Equal(["attacked"], _pipeline.Launched.Select(l => l.Plan.Name));
        Assert.True(resumed.Runs[3].Diverged);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{ \"runs\": 3 }")]
    [InlineData("{ \"runs\": [{ \"status\": \"done\", \"name\": \"pretrain\" }] }")]
    [InlineData("{ \"runs\": [{ \"status\": \"done\", \"name\": [] }] }")]
    public void Damaged_results_are_refused_in_one_line(string json)
    {
        Directory.CreateDirectory(Path("two", ""));
        File.WriteAllText(Path("two", "experiment.json"), json);
        var experiment = PreparedExperiment.Prepare(_files.Read(Family));
        using var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        var message = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Contains("damaged", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("{ \"experiment\": \"\\ud83d\", \"runs\": [],\n\"began\": \"2026-01-01\" }", null)]
    [InlineData("{ \"runs\": [\n{ \"status\": \"done\", \"name\": \"pre\\ud83dtrain\" }] }", ":2: runs[0].name")]
    public void Half_a_surrogate_pair_in_results_is_named_where_it_is_read(string json, string? place)
    {
        Directory.CreateDirectory(Path("two", ""));
        File.WriteAllText(Path("two", "experiment.json"), json);
        var experiment = PreparedExperiment.Prepare(_files.Read(Family));
        var folder = ExperimentFolder.Open(Path("two", ""), resume: true);
        if (place is null)
        {
            Assert.Empty(EarlierResults.Read(experiment, folder).Runs);
            return;
        }

        var message = Assert.Throws<BadInputException>(() => EarlierResults.Read(experiment, folder)).Message;
        Assert.Equal($"{folder.Json}{place}: expected Unicode, found half a surrogate pair", message);
    }

    [Theory]
    [InlineData(",\n      \"attempts\":", ",\n      \"tries\":", "unknown field tries; it is called attempts now")]
    [InlineData("\"attempts\": 50", "\"tries\": 50", "unknown setting defence.tries; it is called defence.attempts now")]
    [InlineData("\"remedy\": \"off\"", "\"remedy\": \"none\"", "defence.remedy: unknown value none; it is called observe now")]
    [InlineData("\"kind\": \"sign-flip\"", "\"kind\": \"cry-wolf\"", "attack.forward.kind: unknown value cry-wolf; it is called false-accusation now")]
    public async Task Results_with_a_name_of_before_are_refused_with_the_name_of_now(string now, string before, string told)
    {
        await RunAsync("two", resume: false);
        var json = Text("two", "experiment.json");
        Assert.Contains(now, json, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path("two", "experiment.json"), json.Replace(now, before, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var message = (await Assert.ThrowsAsync<BadInputException>(() => RunAsync("two", resume: true))).Message;
        Assert.Equal($"--resume: {Path("two", "experiment.json")}: {told}", message);
    }

    [Fact]
    public async Task An_unfinished_experiment_is_not_replaced_by_mistake()
    {
        await StoppedAsync("two", done: 2);
        string Refused(Action act) => Assert.Throws<BadInputException>(act).Message;
        Assert.Contains("(2 runs done)", Refused(() => ExperimentFolder.Open(Path("two", ""))), StringComparison.Ordinal);
        var other = PreparedExperiment.Prepare(_files.Read(Family, "seed=3"));
        using (var folder = ExperimentFolder.Open(Path("two", ""), resume: true))
            Assert.Contains("found 3 with other settings", Refused(() => EarlierResults.Read(other, folder)), StringComparison.Ordinal);
        await RunAsync("two", resume: true);
        ExperimentFolder.Open(Path("two", "")).Dispose();
        Assert.False(File.Exists(Path("two", "experiment.json")));
    }

    [Fact]
    public async Task Only_parent_models_are_kept_if_so_configured()
    {
        var all = await RunAsync("one", resume: false);
        var result = await RunAsync("two", resume: false, "output.keep-models=parents");
        Assert.Equal(["pretrain/model", null, null, null], result.Runs.Select(r => r.ModelFolder));
        Assert.Equal(all.Runs.Select(r => r.WeightsSha256), result.Runs.Select(r => r.WeightsSha256));
        Assert.Equal(["pretrain"], Directory.GetDirectories(Path("two", "")).Select(System.IO.Path.GetFileName));
    }

    private static FakePipeline Pipeline()
    {
        var pipeline = new FakePipeline();
        foreach (var name in new[] { "pretrain", "clean", "attacked", "lone" })
        {
            pipeline.Events[name] =
            [
                FakePipeline.Committed(0, 3.25, TimeSpan.FromSeconds(1)), new Evaluated(1, 2.7, 10),
                FakePipeline.Committed(1, double.NaN, TimeSpan.FromSeconds(2)),
            ];
        }

        return pipeline;
    }

    private string Path(string folder, string file) => System.IO.Path.Combine(_files.Folder, folder, file);

    private string Text(string folder, string file) => File.ReadAllText(Path(folder, file));

    /// <summary>All but the memory that each process measured for itself.</summary>
    private static string Lasting(string json) => string.Join('\n', json.Split('\n')
        .Where(line => !line.Contains("peakMemoryBytes", StringComparison.Ordinal) && !line.Contains("peakOverPlannedMemory", StringComparison.Ordinal)));

    // What nodes that share the experiment compare.
    private string Digest(params string[] sets) => RunIdentity.OfExperiment(PreparedExperiment.Prepare(_files.Read(Family, sets)));

    private async Task StoppedAsync(string name, int done)
    {
        using var interrupt = new CancellationTokenSource();
        var stopped = _pipeline.Events.Keys.ElementAt(done);
        _pipeline.Ends[stopped] = (RunStatus.Interrupted, "interrupted after iteration 1 of 2", null);
        _pipeline.Launching = plan =>
        {
            if (plan.Name == stopped)
                interrupt.Cancel();
        };
        var experiment = PreparedExperiment.Prepare(_files.Read(Family));
        using var folder = ExperimentFolder.Open(Path(name, ""));
        await new ExperimentRunner(_pipeline.LaunchAsync, _clock).RunAsync(experiment, folder, "run a.conf", new SilentObserver(), interrupt.Token);
        _pipeline = Pipeline();
    }

    private async Task<ExperimentResult> RunAsync(string name, bool resume, params string[] sets)
    {
        var experiment = PreparedExperiment.Prepare(_files.Read(Family, sets));
        using var folder = ExperimentFolder.Open(Path(name, ""), resume);
        var before = resume ? EarlierResults.Read(experiment, folder) : EarlierResults.Nothing;
        return await new ExperimentRunner(_pipeline.LaunchAsync, _clock).RunAsync(
            experiment, folder, "run a.conf", new SilentObserver(), CancellationToken.None, before);
    }
}
