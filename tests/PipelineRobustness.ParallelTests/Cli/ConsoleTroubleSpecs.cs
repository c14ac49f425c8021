using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Trouble with standard output or error is no trouble of the experiment.</summary>
public sealed class ConsoleTroubleSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("$program run \"$1\" --out \"$2\" > /dev/full 2> /dev/full")]
    [InlineData("$program run \"$1\" --out \"$2\" 0<&- >&- 2>&-")]
    [InlineData("$program run \"$1\" --out \"$2\" --log-level debug 2> /dev/full")]
    [InlineData("$program run \"$1\" --out \"$2\" --log-level debug 2>&1 | head -n 1; exit ${PIPESTATUS[0]}")]
    [InlineData("$program run \"$1\" --out \"$2\" | true; exit ${PIPESTATUS[0]}")]
    [InlineData("$program node \"$1\" --out \"$2\" --nodes 1 --port 0 --log-level information > /dev/full 2>&1")]
    [InlineData("$program node \"$1\" --out \"$2\" --nodes 1 --port 0 --ready-file /proc/none >&- 2>&-")]
    public async Task A_run_whose_progress_cannot_be_printed_trains_and_writes_its_results(string line)
    {
        using var run = NodeProcess.StartShell(line, _files.Write(TwoRuns.Short), Out);
        await IsDoneAsync(run);
    }

    [Theory]
    [InlineData("> /dev/full", "No space left on device")]
    [InlineData(">&-", "it is closed")]
    public async Task Output_that_cannot_be_written_is_reported_once(string redirection, string why)
    {
        using var run = NodeProcess.StartShell($"$program run \"$1\" --out \"$2\" {redirection}", _files.Write(TwoRuns.Short), Out);
        await IsDoneAsync(run);
        Assert.Equal($"pipeline-robustness: standard output cannot be written: {why}", run.Said.Trim());
    }

    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData(">&- 2>&-")]
    [InlineData("> /dev/full 2>&1")]
    [InlineData("2>&1 | true; exit ${PIPESTATUS[0]}")]
    public async Task Bad_settings_end_with_2_wherever_the_error_goes(string redirection)
    {
        using var run = NodeProcess.StartShell($"$program run \"$1\" --out \"$2\" {redirection}", _files.Write("training.iterations = none"), Out);
        Assert.Equal(ExitCode.BadSettings, await run.EndsAsync());
        Assert.False(Directory.Exists(Out));
    }

    [Theory]
    [InlineData("$program plan \"$1\" > /dev/full", ExitCode.Failed)]
    [InlineData("$program config \"$1\" > /dev/full", ExitCode.Failed)]
    [InlineData("$program scenario storm > /dev/full", ExitCode.Failed)]
    [InlineData("$program run \"$1\" --json > /dev/full", ExitCode.Failed)]
    [InlineData("$program simulate \"$1\" > /dev/full", ExitCode.Failed)]
    [InlineData("$program simulate \"$1\" --out out > /dev/full", ExitCode.Done)]
    [InlineData("$program --help > /dev/full", ExitCode.Failed)]
    [InlineData("$program run --help > /dev/full", ExitCode.Failed)]
    [InlineData("$program --version > /dev/full", ExitCode.Failed)]
    [InlineData("${program/pipeline-robustness/PipelineRobustness.Benchmarks} --help > /dev/full", ExitCode.Failed)]
    [InlineData("$program plan \"$1\" >&-", ExitCode.Failed)]
    [InlineData("$program config \"$1\" >&-", ExitCode.Failed)]
    [InlineData("$program scenario storm >&-", ExitCode.Failed)]
    [InlineData("$program run \"$1\" --json >&-", ExitCode.Failed)]
    [InlineData("$program --version >&-", ExitCode.Failed)]
    [InlineData("${program/pipeline-robustness/PipelineRobustness.Benchmarks} --version >&-", ExitCode.Failed)]
    [InlineData("export DOTNET_EnableWriteXorExecute=0; ulimit -f 1; $program config \"$1\" > config", ExitCode.Failed)]
    [InlineData("$program --help | true; exit ${PIPESTATUS[0]}", ExitCode.Done)]
    [InlineData("$program plan \"$1\" | true; exit ${PIPESTATUS[0]}", ExitCode.Done)]
    public async Task A_command_whose_only_result_is_lost_fails(string line, int code)
    {
        using var command = NodeProcess.StartShell($"cd {_files.Folder}; {line}", _files.Write(TwoRuns.Short));
        Assert.Equal(code, await command.EndsAsync());
    }

    private async Task IsDoneAsync(NodeProcess run)
    {
        Assert.Equal(ExitCode.Done, await run.EndsAsync());
        var json = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("done", (string)json["status"]!);
        Assert.True(File.Exists(Path.Combine(Out, "report.html")));
    }
}
