using PipelineRobustness.Hosting;


namespace PipelineRobustness.Tests.Cluster;

/// <summary>How nodes start together, wait, and leave.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class NodeLifeSpecs
{
    [Fact]
    public async Task A_node_asked_to_leave_hands_its_stages_over()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-2 joined");
        await cluster.TrainsAsync();
        nodes[1].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Done, await nodes[1].EndsAsync());
        nodes[0].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Interrupted, await nodes[0].EndsAsync());
    }

    /// <summary>Its stages move to other nodes, then another node leads: nothing is lost, and no checkpoint is needed.</summary>
    [Fact]
    public async Task The_server_s_node_can_leave_and_nothing_is_lost()
    {
        using var cluster = new NodeProcesses(3, NodeProcesses.Endless);
        // In order: the next leader is the node that joined first.
        NodeProcess[] nodes = [cluster.Start(), cluster.Start()];
        await nodes[0].SaysAsync("node-2 joined");
        nodes = [.. nodes, cluster.Start()];
        await nodes[0].SaysAsync("node-3 joined");
        await cluster.TrainsAsync();
        nodes[0].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Done, await nodes[0].EndsAsync());
        await nodes[1].SaysAsync("node-2 leads the experiment");
        await nodes[1].SaysAsync("resumes after iteration");
        Assert.DoesNotContain("all blocks from", nodes[1].Said, StringComparison.Ordinal);
        nodes[1].Signal(NodeProcess.Interrupt);
        foreach (var node in nodes[1..]) Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    /// <summary>So that one command starts every node, as in a StatefulSet.</summary>
    [Fact]
    public async Task The_first_seed_node_founds_the_cluster()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Short);
        string[] seeds = ["--seed-node", cluster.Address(0), "--seed-node", cluster.Address(1)];
        var nodes = new[] { cluster.Start(seeds), cluster.Start(seeds) };
        foreach (var node in nodes) Assert.Equal(ExitCode.Done, await node.EndsAsync());
        Assert.Contains("results go to", nodes[0].Said, StringComparison.Ordinal);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    /// <summary>Only ballots distinguish the messages of the first run from those of the second.</summary>
    [Fact]
    public async Task Two_runs_in_sequence_need_no_recovery()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Short + "\nruns = [{ name = first }, { name = second, from = first }]");
        var nodes = cluster.StartAll();
        foreach (var node in nodes)
        {
            Assert.Equal(ExitCode.Done, await node.EndsAsync());
            Assert.DoesNotContain("recovering", node.Said, StringComparison.Ordinal);
        }

        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    [Theory]
    [InlineData(NodeProcess.Interrupt)]
    [InlineData(NodeProcess.Terminate)]
    public async Task A_node_waiting_for_others_still_obeys_an_interrupt(int signal)
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Short);
        var node = cluster.Start();
        await node.SaysAsync("base: ");
        node.Signal(signal);
        Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    [Fact]
    public async Task A_run_waiting_for_capacity_is_interrupted_at_once_and_has_not_failed()
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start("--stages", "2");
        await node.SaysAsync("base: ");
        node.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
        Assert.DoesNotContain("failed", node.Said, StringComparison.Ordinal);
    }
}
