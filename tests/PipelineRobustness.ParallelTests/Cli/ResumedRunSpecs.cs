using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A run that was killed or interrupted, and resumed, has the results of an undisturbed one.</summary>
public sealed class ResumedRunSpecs(ResumedRunSpecs.Undisturbed undisturbed) : IClassFixture<ResumedRunSpecs.Undisturbed>, IDisposable
{
    private const string Experiment =
        """
        training { iterations = 100, micro-batches = 2, sequence-length = 8 }
        evaluation { every = 25, windows = 1 }
        checkpoint { every = 5, keep = 2 }
        runs = [{ name = first }]
        """;

    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(NodeProcess.Kill, "")]
    [InlineData(NodeProcess.Kill, "pipeline.stages=6")]
    [InlineData(NodeProcess.Interrupt, "")]
    [InlineData(NodeProcess.Interrupt, "pipeline.stages=3")]
    public async Task A_run_killed_or_interrupted_midway_resumes_to_the_same_bits(int signal, string set)
    {
        var file = _files.Write(Experiment);
        using (var run = NodeProcess.StartCommand("run", file, "--out", Out))
        {
            await run.SaysAsync("first: ");
            await IsCheckpointedAsync(run);
            run.Signal(signal);
            await run.EndsAsync();
        }

        Assert.InRange(Events(Out).Count(e => (string)e["event"]! == "iteration"), 5, 99);
        Assert.True(Directory.Exists(Path.Combine(Out, "checkpoints")));
        string[] sets = set.Length > 0 ? ["--set", set] : [];
        using var resumed = NodeProcess.StartCommand(["run", file, "--out", Out, "--resume", .. sets]);
        Assert.Equal(ExitCode.Done, await resumed.EndsAsync());
        Assert.Equal(undisturbed.Hashes, Hashes(Out));
        Assert.Equal(undisturbed.Lasting, Lasting(Out));
        Assert.False(Directory.Exists(Path.Combine(Out, "checkpoints")));
    }

    // Waits until a checkpoint is complete, as long as the process lives.
    private async Task IsCheckpointedAsync(NodeProcess run)
    {
        using var watcher = new FileSystemWatcher(Out, "manifest.json") { IncludeSubdirectories = true };
        var complete = new TaskCompletionSource();
        watcher.Created += (_, _) => complete.TrySetResult();
        watcher.Renamed += (_, _) => complete.TrySetResult();
        watcher.EnableRaisingEvents = true;
        await Task.WhenAny(complete.Task, run.EndsAsync());
    }

    private static IEnumerable<JsonNode> Events(string folder) => File.ReadLines(Path.Combine(folder, "events.jsonl"))
        .Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!);

    private static string Hashes(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        return $"{run["status"]} {run["weightsSha256"]} {run["stateSha256"]} {run["evaluationLoss"]} {run["iterations"]} {run["attempts"]}";
    }

    // Everything but durations and failures.
    private static List<string> Lasting(string folder)
    {
        var lines = Events(folder).Where(e => (string)e["event"]! is "began" or "iteration" or "evaluation").ToList();
        foreach (var line in lines) line.AsObject().Remove("seconds");
        return [.. lines.Select(line => line.ToJsonString())];
    }

    /// <summary>The undisturbed run, once for all cases.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        public string Hashes { get; private set; } = "";

        public IReadOnlyList<string> Lasting { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            using var files = new ExperimentFiles();
            var folder = Path.Combine(files.Folder, "out");
            using var run = NodeProcess.StartCommand("run", files.Write(Experiment), "--out", folder);
            Assert.Equal(ExitCode.Done, await run.EndsAsync());
            (Hashes, Lasting) = (ResumedRunSpecs.Hashes(folder), ResumedRunSpecs.Lasting(folder));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
