using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A real process receives real signals: the first ends it after the iteration, the second at once.</summary>
public sealed class InterruptSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(NodeProcess.Interrupt)]
    [InlineData(NodeProcess.Terminate)]
    [InlineData(NodeProcess.HangUp)]
    [InlineData(NodeProcess.CpuTimeLimit)]
    public async Task The_first_signal_ends_after_the_iteration_with_130_and_the_weights_are_written(int signal)
    {
        var json = await SignalledAsync(TwoRuns.Endless, signal);
        Assert.Equal("interrupted", (string)json["status"]!);
        Assert.Equal(["interrupted", "interrupted"], json["runs"]!.AsArray().Select(r => (string)r!["status"]!));
        Assert.True(File.Exists(Path.Combine(Out, "first", "model", "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(Out, "report.html")));
    }

    [Fact]
    public async Task The_second_signal_ends_at_once_with_130()
    {
        const string Slow = "training { micro-batches = 1000, micro-batch-size = 8 }\nruns = [{ name = first }]";
        var json = await SignalledAsync(Slow, NodeProcess.Interrupt, NodeProcess.Terminate);
        Assert.Equal("running", (string)json["status"]!);
    }

    /// <summary>Terminals and systemd send SIGHUP twice, or after another signal; the kernel sends SIGXCPU each second.</summary>
    [Theory]
    [InlineData(NodeProcess.HangUp, NodeProcess.HangUp)]
    [InlineData(NodeProcess.Terminate, NodeProcess.HangUp)]
    [InlineData(NodeProcess.CpuTimeLimit, NodeProcess.CpuTimeLimit)]
    public async Task A_signal_of_a_closed_terminal_or_a_limit_never_counts_as_the_second(int first, int second) =>
        Assert.Equal("interrupted", (string)(await SignalledAsync(TwoRuns.Endless, first, second))["status"]!);

    /// <summary>Standard output, a full pipe, holds the process up after it has trained.</summary>
    [Theory]
    [InlineData(NodeProcess.HangUp, NodeProcess.HangUp)]
    [InlineData(NodeProcess.CpuTimeLimit, NodeProcess.HangUp)]
    [InlineData(NodeProcess.Terminate, NodeProcess.HangUp)]
    public async Task Signals_after_training_change_nothing(int first, int second)
    {
        var file = _files.Write(TwoRuns.Short);
        const string Line = "mkfifo $2.pipe; exec 3<>$2.pipe; head -c 65536 /dev/zero >&3; exec $program run $1 --out $2 --json >&3";
        using var run = NodeProcess.StartShell(Line, file, Out);
        await run.SaysAsync("report.html");
        await run.SignalInOrderAsync(first, second);
        await using var pipe = File.OpenRead(Out + ".pipe");
        await pipe.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, await run.EndsAsync());
        Assert.Equal("done", (string)(await JsonAsync())["status"]!);
    }

    [Fact]
    public void A_folder_loses_what_a_dead_process_was_writing_and_keeps_other_files()
    {
        Directory.CreateDirectory(Out);
        foreach (var name in (string[])["report.html.71.tmp", "server.71.tmp", "mine.71.tmp", "report.html.mine.tmp"])
            File.WriteAllText(Path.Combine(Out, name), "");
        using var folder = ExperimentFolder.Open(Out);
        Assert.Equal(["mine.71.tmp", "report.html.mine.tmp"], Directory.GetFiles(Out, "*.tmp").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_run_under_nohup_ignores_a_hangup()
    {
        using var run = NodeProcess.StartShell("trap '' HUP; exec $program run \"$1\" --out \"$2\"", _files.Write(TwoRuns.Endless), Out);
        await IsInterruptedAsync(run, NodeProcess.HangUp, NodeProcess.Interrupt);
    }

    /// <summary>By SIGSTOP: the kernel drops a terminal's SIGTSTP where no shell could continue the process.</summary>
    [Fact]
    public async Task A_stopped_run_continues()
    {
        using var run = NodeProcess.StartCommand("run", _files.Write(TwoRuns.Endless), "--out", Out);
        await run.SaysAsync("first: ");
        run.Signal(NodeProcess.Stop);
        await run.IsStoppedAsync();
        await IsInterruptedAsync(run, NodeProcess.Continue, NodeProcess.Interrupt);
    }

    [Fact]
    public async Task A_quit_signal_ends_at_once_and_writes_nothing()
    {
        using var run = NodeProcess.StartCommand("run", _files.Write(TwoRuns.Endless), "--out", Out);
        await run.SaysAsync("first: ");
        run.Signal(NodeProcess.Quit);
        Assert.Equal(128 + NodeProcess.Quit, await run.EndsAsync());
        Assert.Equal("running", (string)(await JsonAsync())["status"]!);
    }

    [Fact]
    public async Task A_limit_of_file_size_fails_the_run_as_a_full_disk_does()
    {
        var file = _files.Write(TwoRuns.Short);
        // .NET itself makes a large file in memory when it starts, but for this setting.
        const string Line = "export DOTNET_EnableWriteXorExecute=0; ulimit -c 0 -f 100; exec $program run \"$1\" --out \"$2\"";
        using var run = NodeProcess.StartShell(Line, file, Out);
        Assert.Equal(ExitCode.Failed, await run.EndsAsync());
        Assert.Contains("too large", (string)(await JsonAsync())["runs"]![0]!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_simulation_is_interrupted_after_an_iteration()
    {
        using var simulation = NodeProcess.StartCommand("simulate", _files.Write("scenario = storm\n" + TwoRuns.Endless), "--set", "runs=[]");
        await simulation.SaysAsync("base, undisturbed first: iteration ");
        simulation.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await simulation.EndsAsync());
    }

    [Fact]
    public async Task A_simulation_writes_its_finished_runs_before_an_interrupt_ends_it()
    {
        var file = _files.Write(TwoRuns.Endless.Replace("{ name = first }", "{ name = first, training.iterations = 1 }", StringComparison.Ordinal));
        using var simulation = NodeProcess.StartCommand("simulate", file, "--out", Out);
        await simulation.SaysAsync("second, undisturbed first: iteration ");
        simulation.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await simulation.EndsAsync());
        var written = Path.Combine(Out, "simulation.json");
        Assert.Contains($"1 of 2 runs finished; written: {written}", simulation.Said.Split('\n'));
        var json = JsonNode.Parse(await File.ReadAllTextAsync(written, TestContext.Current.CancellationToken))!;
        Assert.Equal((false, 1), ((bool)json["complete"]!, json["runs"]!.AsArray().Count));
    }

    // What experiment.json says of a run that was sent signals as soon as it trained, and that ended as interrupted.
    private async Task<JsonNode> SignalledAsync(string text, params int[] signals)
    {
        using var run = NodeProcess.StartCommand("run", _files.Write(text), "--out", Out);
        await SignalAsync(run, signals);
        return await JsonAsync();
    }

    private async Task IsInterruptedAsync(NodeProcess run, params int[] signals)
    {
        await SignalAsync(run, signals);
        Assert.Equal("interrupted", (string)(await JsonAsync())["status"]!);
    }

    private static async Task SignalAsync(NodeProcess run, int[] signals)
    {
        await run.SaysAsync("first: ");
        await run.SignalInOrderAsync(signals);
        Assert.Equal(ExitCode.Interrupted, await run.EndsAsync());
    }

    private async Task<JsonNode> JsonAsync() =>
        JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), TestContext.Current.CancellationToken))!;
}
