using PipelineRobustness.Hosting;


namespace PipelineRobustness.Tests.Cluster;

/// <summary>Several real processes give the same bits as one, whichever of them dies.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class NodeDeathSpecs
{
    /// <summary>No node; the server's node; a node that has prepared but not reported it; one that has stepped, perhaps as the only one.</summary>
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "2:backward")]
    [InlineData(2, "2:prepared")]
    [InlineData(3, "2:committed")]
    public async Task Three_processes_reach_the_bits_of_one_through_the_death_of_any(int killed, string at)
    {
        using var cluster = new NodeProcesses(3, NodeProcesses.Short);
        await ComesToTheBitsOfOneAsync(cluster, [.. Enumerable.Range(1, 3).Select(n => n == killed ? at : "")]);
    }

    /// <summary>Two at once that are not ring neighbours; two that are; one while another is being recovered.</summary>
    [Theory]
    [InlineData("2:backward", "", "2:backward", "")]
    [InlineData("", "2:backward", "2:backward", "")]
    [InlineData("", "2:forward", "", "2:prepared")]
    public async Task Four_processes_reach_the_bits_of_one_through_the_death_of_two(params string[] at)
    {
        using var cluster = new NodeProcesses(4, NodeProcesses.Short.Replace("stages = 3", "stages = 4", StringComparison.Ordinal));
        await ComesToTheBitsOfOneAsync(cluster, at);
    }

    [Fact]
    public async Task Processes_without_copies_fall_back_to_the_checkpoint_with_the_bits_of_one()
    {
        using var cluster = new NodeProcesses(
            3, NodeProcesses.Short.Replace("defence { remedy = substitute, copies = ring }", "checkpoint.every = 2", StringComparison.Ordinal));
        await ComesToTheBitsOfOneAsync(cluster, ["", "4:backward", ""]);
        // Checkpoints are written in the background: on a slow disk there may not be one yet.
        Assert.Matches("all blocks from (the checkpoint of )?version", cluster.Said);
    }

    // Each node of a cluster, and where it is to kill itself, or nothing.
    private static async Task ComesToTheBitsOfOneAsync(NodeProcesses cluster, string[] at)
    {
        var nodes = at.Select(instant => cluster.Start(instant.Length > 0 ? ["--kill-at", instant] : [])).ToArray();
        var alone = await cluster.WeightsOfOneProcessAsync();
        for (var n = 0; n < nodes.Length; n++)
        {
            var code = await nodes[n].EndsAsync();
            Assert.True(code == (at[n].Length > 0 ? 128 + NodeProcess.Kill : ExitCode.Done), $"node-{n + 1} ended with {code}:\n{nodes[n].Said}");
        }

        Assert.Equal(alone, cluster.Weights());
    }
}
