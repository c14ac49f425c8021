using PipelineRobustness.Cli;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Real processes: they come to the bits of one, through the death of any, and end with a code that says why.</summary>
public sealed class NodeCommandSpecs
{
    private const string Short = """
        seed = 21
        pipeline.stages = 3
        training { iterations = 5, micro-batches = 2, sequence-length = 16 }
        evaluation.windows = 8
        defence { remedy = takeover, copies = ring }
        """;

    private static readonly string Endless = Short.Replace("iterations = 5", "iterations = 1000000", StringComparison.Ordinal);

    /// <summary>Nobody; the server's node; a node that has prepared and not said so; one that has stepped and may be alone in that.</summary>
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "2:backward")]
    [InlineData(2, "2:prepared")]
    [InlineData(3, "2:committed")]
    public async Task Three_processes_come_to_the_bits_of_one_through_the_death_of_any(int killed, string at)
    {
        using var cluster = new NodeProcesses(3, Short);
        var nodes = Enumerable.Range(1, 3).Select(n => cluster.Start(n == killed ? ["--kill-at", at] : [])).ToArray();
        var alone = await cluster.WeightsOfOneProcessAsync();
        for (var n = 1; n <= nodes.Length; n++)
        {
            var code = await nodes[n - 1].EndsAsync();
            Assert.True(code == (n == killed ? 128 + NodeProcess.Kill : ExitCode.Done), $"node-{n} ended with {code}:\n{nodes[n - 1].Said}");
        }

        Assert.Equal(alone, cluster.Weights());
    }

    [Fact]
    public async Task A_silent_half_is_given_up_and_stops_itself_when_it_wakes()
    {
        using var cluster = new NodeProcesses(4, Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-4 joined");
        await cluster.TrainsAsync();
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Stop);
        await nodes[0].SaysAsync("goes on behind iteration");
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Continue);
        foreach (var node in nodes[2..]) Assert.Equal(ExitCode.CutOff, await node.EndsAsync());
        nodes[1].Signal(NodeProcess.Interrupt);
        foreach (var node in nodes[..2]) Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    [Fact]
    public async Task A_node_that_is_asked_to_leaves_its_stages_to_others()
    {
        using var cluster = new NodeProcesses(2, Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-2 joined");
        await cluster.TrainsAsync();
        nodes[1].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Done, await nodes[1].EndsAsync());
        nodes[0].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Interrupted, await nodes[0].EndsAsync());
    }

    [Fact]
    public async Task Who_is_let_in_by_nobody_ends_with_a_code_of_its_own()
    {
        using var cluster = new NodeProcesses(1, Short);
        var node = cluster.Start("--seed-node", "127.0.0.1:1", "--set", "cluster.join-within=1s");
        Assert.Equal(ExitCode.NotJoined, await node.EndsAsync());
        Assert.Contains("127.0.0.1:1", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_experiment_is_turned_away()
    {
        using var cluster = new NodeProcesses(2, Endless);
        var first = cluster.Start();
        var other = cluster.Start("--set", "training.micro-batches=4");
        Assert.Equal(ExitCode.BadSettings, await other.EndsAsync());
        Assert.Contains("node-1 works experiment", other.Said, StringComparison.Ordinal);
        await first.SaysAsync("node-2 is left out");
    }

    [Theory]
    [InlineData("--kill-at", "soon")]
    [InlineData("--host", "10.0.0.1")]
    [InlineData("--seed-node", "nowhere")]
    public async Task A_bad_setting_of_the_node_is_named(string option, string value)
    {
        using var cluster = new NodeProcesses(1, Short);
        var node = cluster.Start(option, value);
        Assert.Equal(ExitCode.BadSettings, await node.EndsAsync());
        Assert.Contains(value, node.Said, StringComparison.Ordinal);
    }
}
