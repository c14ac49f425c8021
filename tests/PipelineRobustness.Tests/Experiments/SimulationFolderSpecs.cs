using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Hosting;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What remains in the folder of a simulation that did not end.</summary>
public sealed class SimulationFolderSpecs : IDisposable
{
    private const string Tiny =
        """
        pipeline.stages = 2
        training { iterations = 2, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 1

        """;

    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    private string Written => Path.Combine(Out, "simulation.json");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_simulation_that_finishes_is_complete()
    {
        var (code, output) = await SimulateAsync("runs = [ { name = a }, { name = b } ]");
        Assert.Equal(ExitCode.Done, code);
        Assert.DoesNotContain("finished", output, StringComparison.Ordinal);
        Assert.True((bool)(await JsonAsync())["complete"]!);
    }

    [Theory]
    [InlineData("scenario = { }")]
    [InlineData("runs = [ { name = a }, { name = b, from = a } ]")]
    [InlineData("runs = [ { name = a, scenario = nix } ]")]
    [InlineData("simulation.nodes = 9, scenario = t.conf")]
    public async Task A_simulation_that_finishes_nothing_leaves_no_empty_folder(string more)
    {
        _files.Write("1000,add,a\n2000,remove,a", "t.csv");
        _files.Write("events = [ { trace = t.csv } ]", "t.conf");
        Assert.Equal(ExitCode.BadSettings, (await SimulateAsync(more)).Code);
        Assert.False(Path.Exists(Out));
        Directory.CreateDirectory(Out);
        Assert.Equal(ExitCode.BadSettings, (await SimulateAsync(more)).Code);
        Assert.All(Directory.EnumerateFileSystemEntries(Out), left => Assert.Equal(".pipeline-robustness.lock", Path.GetFileName(left)));
    }

    private async Task<JsonNode> JsonAsync() => JsonNode.Parse(await File.ReadAllTextAsync(Written, TestContext.Current.CancellationToken))!;

    private async Task<(int Code, string Output)> SimulateAsync(string more)
    {
        var output = new StringWriter();
        return (await CommandLine.InvokeAsync(["simulate", _files.Write(Tiny + more), "--out", Out], output, output), output.ToString());
    }
}
