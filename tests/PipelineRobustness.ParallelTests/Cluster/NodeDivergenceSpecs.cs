using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Nodes end a run whose numbers are no longer finite as one process does, whatever dies meanwhile.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class NodeDivergenceSpecs
{
    private static readonly string Diverging = NodeProcesses.Short.Replace(
        "iterations = 5", "iterations = 8, learning-rate = 1e39, warm-up = 2", StringComparison.Ordinal) + "\ncheckpoint.every = 1";

    [Fact]
    public async Task Nodes_of_which_one_dies_end_with_the_last_finite_weights_of_one_process()
    {
        using var cluster = new NodeProcesses(3, Diverging);
        NodeProcess[] nodes = [cluster.Start(), cluster.Start(), cluster.Start("--kill-at", "1:committed")];
        foreach (var node in nodes[..2]) Assert.True(await node.EndsAsync() == ExitCode.Failed, cluster.Said);
        using var files = new ExperimentFiles();
        var folder = Path.Combine(files.Folder, "out");
        using var one = NodeProcess.StartCommand("run", files.Write(Diverging), "--out", folder, "--quiet");
        Assert.Equal(ExitCode.Failed, await one.EndsAsync());
        Assert.Equal(Ended(folder), Ended(cluster.Out));
        Assert.Equal(("failed", 1L), (Ended(folder).Status, Ended(folder).Iterations));
    }

    private static (string Status, long Iterations, string Weights) Ended(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        return ((string)run["status"]!, (long)run["iterations"]!, (string)run["stateSha256"]!);
    }
}
