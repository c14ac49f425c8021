using PipelineRobustness.Hosting;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Which nodes a cluster refuses, with which exit code.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class NodeAdmissionSpecs(NodeAdmissionSpecs.Founded founded) : IClassFixture<NodeAdmissionSpecs.Founded>
{
    [Fact]
    public async Task A_port_in_use_is_refused()
    {
        var second = founded.Start("--port", founded.Address.Split(':')[1]);
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("cluster.port: expected an address to listen at", second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_name_in_use_is_refused()
    {
        var second = founded.Start("--name", "node-1");
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("two nodes are called node-1", second.Said, StringComparison.Ordinal);
        await founded.First.SaysAsync("node-1 is left out");
    }

    [Fact]
    public async Task Another_experiment_is_turned_away()
    {
        var other = founded.Start("--name", "stranger", "--set", "training.micro-batches=4");
        Assert.Equal(ExitCode.BadSettings, await other.EndsAsync());
        Assert.Contains("node-1 runs experiment", other.Said, StringComparison.Ordinal);
        await founded.First.SaysAsync("stranger is left out");
    }

    /// <summary>Akka.Remote answers to a node's own address alone, and says so to neither side.</summary>
    [Fact]
    public async Task A_seed_asked_by_another_name_is_shown_with_the_name_it_knows()
    {
        var port = founded.Address.Split(':')[1];
        var second = founded.Start("--seed-node", $"localhost:{port}", "--seed-node", "127.0.0.1:1", "--set", "cluster.join-within=2s");
        Assert.Equal(ExitCode.NotJoined, await second.EndsAsync());
        Assert.Contains(
            $"could not join the cluster within 2 s; it asked localhost:{port}, which knows itself as 127.0.0.1:{port} "
            + "and answers to that alone; 127.0.0.1:1, where nothing listens", second.Said, StringComparison.Ordinal);
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

    /// <summary>A cluster of one node, node-1, that waits for more than will ever come: one for all that it refuses.</summary>
    public sealed class Founded : IAsyncLifetime
    {
        private readonly NodeProcesses _cluster = new(6, NodeProcesses.Endless);

        /// <summary>Set before the first test.</summary>
        internal NodeProcess First { get; private set; } = null!;

        internal string Address => _cluster.Address(0);

        public async ValueTask InitializeAsync()
        {
            First = _cluster.Start();
            await First.SaysAsync("node-1 joined");
        }

        internal NodeProcess Start(params IEnumerable<string> arguments) => _cluster.Start(arguments);

        public ValueTask DisposeAsync()
        {
            _cluster.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
