using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A real process is sent real signals: the first ends it after the iteration, the second at once.</summary>
public sealed class InterruptSpecs : IDisposable
{
    private const string Endless =
        """
        training { iterations = 1000000, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 1
        runs = [{ name = first }, { name = second }]
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task The_first_signal_ends_after_the_iteration_with_130_and_the_weights_are_written(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows has not");
        var (code, json) = await SignalledAsync(Endless, signal);
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Equal("interrupted", (string)json["status"]!);
        Assert.Equal(["interrupted", "interrupted"], json["runs"]!.AsArray().Select(r => (string)r!["status"]!));
        Assert.True(File.Exists(Path.Combine(Out, "first", "model", "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(Out, "report.html")));
    }

    [Fact]
    public async Task The_second_signal_ends_at_once_with_130()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows has not");
        var (code, json) = await SignalledAsync("training { micro-batches = 1000, micro-batch-size = 8 }\nruns = [{ name = first }]", "INT", "TERM");
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Equal("running", (string)json["status"]!);
    }

    [Fact]
    public async Task A_simulation_is_interrupted_after_an_iteration()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows has not");
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll");
        using var process = Start("dotnet", program, "simulate", _files.Write("scenario = storm\n" + Endless), "--set", "runs=[]");
        // The line of progress that comes after some seconds.
        Assert.Contains("base, undisturbed first: iteration ", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using var kill = Start("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
    }

    [Fact]
    public async Task A_simulation_writes_its_finished_runs_before_an_interrupt_ends_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows has not");
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll");
        var file = _files.Write(Endless.Replace("{ name = first }", "{ name = first, training.iterations = 1 }", StringComparison.Ordinal));
        using var process = Start("dotnet", program, "simulate", file, "--out", Out);
        string? line;
        do line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line?.StartsWith("second, undisturbed first: iteration ", StringComparison.Ordinal) == false);
        using var kill = Start("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        var last = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        var written = Path.Combine(Out, "simulation.json");
        Assert.EndsWith($"1 of 2 runs finished; written: {written}\n", last, StringComparison.Ordinal);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(written, TestContext.Current.CancellationToken))!;
        Assert.Equal((false, 1), ((bool)json["complete"]!, json["runs"]!.AsArray().Count));
    }

    /// <summary>Whenever it was killed, and whether it was told to end: what comes out in the end is what one go gives.</summary>
    [Theory]
    [InlineData("KILL", "")]
    [InlineData("KILL", "pipeline.stages=6")]
    [InlineData("INT", "")]
    [InlineData("INT", "pipeline.stages=3")]
    public async Task A_run_killed_or_interrupted_midway_resumes_to_the_same_bits(string signal, string set)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows has not");
        const string Long =
            """
            training { iterations = 100, micro-batches = 2, sequence-length = 8 }
            evaluation { every = 25, windows = 1 }
            checkpoint { every = 5, keep = 2 }
            runs = [{ name = first }]
            """;
        var whole = Path.Combine(_files.Folder, "whole");
        Assert.Equal(ExitCode.Done, await RunAsync(_files.Write(Long), "--out", whole));
        await SignalledAsync(Long, IsCheckpointedAsync, signal);
        var before = Events(Out).Count(e => (string)e["event"]! == "iteration");
        Assert.InRange(before, 5, 99);
        Assert.True(Directory.Exists(Path.Combine(Out, "checkpoints")));
        string[] sets = set.Length > 0 ? ["--set", set] : [];
        Assert.Equal(ExitCode.Done, await RunAsync([_files.Write(Long), "--out", Out, "--resume", .. sets]));
        Assert.Equal(Hashes(whole), Hashes(Out));
        Assert.Equal(Lasting(whole), Lasting(Out));
        Assert.False(Directory.Exists(Path.Combine(Out, "checkpoints")));
    }

    /// <summary>Waits until a checkpoint is whole, as long as the process lives.</summary>
    private async Task IsCheckpointedAsync(Process process)
    {
        using var watcher = new FileSystemWatcher(Out, "manifest.json") { IncludeSubdirectories = true };
        var whole = new TaskCompletionSource();
        watcher.Created += (_, _) => whole.TrySetResult();
        watcher.Renamed += (_, _) => whole.TrySetResult();
        watcher.EnableRaisingEvents = true;
        await Task.WhenAny(whole.Task, process.WaitForExitAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<int> RunAsync(params string[] arguments)
    {
        using var run = NodeProcess.StartCommand(["run", .. arguments]);
        return await run.EndsAsync();
    }

    private static IEnumerable<JsonNode> Events(string folder) => File.ReadLines(Path.Combine(folder, "events.jsonl"))
        .Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!);

    private static string Hashes(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        return $"{run["status"]} {run["weightsSha256"]} {run["stateSha256"]} {run["evaluationLoss"]} {run["iterations"]} {run["attempts"]}";
    }

    // But for how long it took, and what broke.
    private static IEnumerable<string> Lasting(string folder)
    {
        foreach (var line in Events(folder).Where(e => (string)e["event"]! is "began" or "iteration" or "evaluation"))
        {
            line.AsObject().Remove("seconds");
            yield return line.ToJsonString();
        }
    }

    private string Out => Path.Combine(_files.Folder, "out");

    private Task<(int Code, JsonNode Json)> SignalledAsync(string text, params string[] signals) =>
        SignalledAsync(text, _ => Task.CompletedTask, signals);

    private async Task<(int Code, JsonNode Json)> SignalledAsync(string text, Func<Process, Task> readyAsync, params string[] signals)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll");
        using var process = Start("dotnet", program, "run", _files.Write(text), "--out", Out);
        string? line;
        do line = await process.StandardOutput.ReadLineAsync(cancellation);
        while (line is not null && !line.StartsWith("first: ", StringComparison.Ordinal));
        await readyAsync(process);
        foreach (var signal in signals)
        {
            using var kill = Start("kill", $"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture));
            await kill.WaitForExitAsync(cancellation);
        }

        await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), cancellation))!);
    }

    // With SIGINT handled as usual: a background job of a non-interactive shell would ignore it.
    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments]) { RedirectStandardOutput = true })!;
}
