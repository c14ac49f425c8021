using PipelineRobustness.Hosting;


namespace PipelineRobustness.Tests.Cluster;

/// <summary>Which nodes a cluster refuses, with which exit code.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class NodeAdmissionSpecs
{
    [Fact]
    public async Task A_port_in_use_is_refused()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
        var first = cluster.Start();
        await first.SaysAsync("node-1 joined");
        var second = cluster.Start("--port", cluster.Address(0).Split(':')[1]);
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("cluster.port: expected an address to listen at", second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_name_in_use_is_refused()
    {
        using var cluster = new NodeProcesses(3, NodeProcesses.Endless);
        var first = cluster.Start();
        await first.SaysAsync("node-1 joined");
        var second = cluster.Start("--name", "node-1");
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("two nodes are called node-1", second.Said, StringComparison.Ordinal);
        await first.SaysAsync("is left out");
    }

    [Fact]
    public async Task A_node_that_no_seed_admits_ends_with_its_own_exit_code()
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start("--seed-node", "127.0.0.1:1", "--set", "cluster.join-within=1s");
        Assert.Equal(ExitCode.NotJoined, await node.EndsAsync());
        Assert.Contains("127.0.0.1:1", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_experiment_is_turned_away()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
        var first = cluster.Start();
        var other = cluster.Start("--set", "training.micro-batches=4");
        Assert.Equal(ExitCode.BadSettings, await other.EndsAsync());
        Assert.Contains("node-1 runs experiment", other.Said, StringComparison.Ordinal);
        await first.SaysAsync("node-2 is left out");
    }

    [Theory]
    [InlineData("--kill-at", "soon")]
    [InlineData("--scenario", "nix")]
    [InlineData("--host", "10.0.0.1")]
    [InlineData("--seed-node", "nowhere")]
    [InlineData("--host", "0.0.0.0")]
    [InlineData("--device", "cuda:77")]
    [InlineData("--ready-file", "/nowhere/at/all")]
    public async Task A_bad_node_setting_is_named(string option, string value)
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start(option, value);
        Assert.Equal(ExitCode.BadSettings, await node.EndsAsync());
        Assert.Contains(value, node.Said, StringComparison.Ordinal);
        Assert.Contains(option is "--device" ? "cluster.device" : option, node.Said, StringComparison.Ordinal);
    }
}
