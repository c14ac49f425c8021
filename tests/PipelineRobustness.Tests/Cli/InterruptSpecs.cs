using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
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

    private string Out => Path.Combine(_files.Folder, "out");

    private async Task<(int Code, JsonNode Json)> SignalledAsync(string text, params string[] signals)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll");
        using var process = Start("dotnet", program, "run", _files.Write(text), "--out", Out);
        string? line;
        do line = await process.StandardOutput.ReadLineAsync(cancellation);
        while (line is not null && !line.StartsWith("first: ", StringComparison.Ordinal));
        foreach (var signal in signals)
        {
            using var kill = Start("kill", $"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture));
            await kill.WaitForExitAsync(cancellation);
        }

        await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), cancellation))!);
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
}
