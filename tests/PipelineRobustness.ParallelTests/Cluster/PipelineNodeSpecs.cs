using System.Net;
using Akka.Actor;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Tests.Pipeline.Security;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>How processes become one cluster, and how they end.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class PipelineNodeSpecs
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_subscriber_learns_of_all_identified_nodes_and_of_a_proven_death_at_once()
    {
        await using var cluster = new LocalCluster();
        var one = await cluster.StartAsync("one", nodes: 3);
        using var news = Akka.Actor.Inbox.Create(one.Node.System);
        one.Node.Membership.Tell(new SubscribeToMembership(news.Receiver));
        await cluster.StartAsync("two", nodes: 3);
        var three = await cluster.StartAsync("three", nodes: 3);
        var here = Assert.IsType<NodesHere>(await news.ReceiveAsync(Long).WaitAsync(Stop));
        Assert.Equal(["one", "three", "two"], here.Nodes.Select(node => node.Node.Name).Order(StringComparer.Ordinal));
        Assert.Equal([three.Node.Here], here.Nodes.Where(node => node.Node.Name == "three").Select(node => node.Node));
        Assert.True(cluster.Lanes["one"].Watched.ContainsKey(three.Node.Here));

        cluster.Lanes["one"].Events.Dead(three.Node.Here with { Incarnation = three.Node.Here.Incarnation + 1 }, "another one's");
        cluster.Lanes["one"].Events.Dead(three.Node.Here, "its lane ended, and its port refuses");
        var lost = Assert.IsType<NodeLost>(await news.ReceiveAsync(Long).WaitAsync(Stop));
        Assert.Equal(new NodeLost(three.Node.Here, "its lane ended, and its port refuses"), lost);
        Assert.False(cluster.Lanes["one"].Watched.ContainsKey(three.Node.Here));
        Assert.Equal(NodeEndKind.CutOff, (await three.EndAsync()).Kind);
    }

    [Fact]
    public async Task Leadership_moves_when_its_node_leaves_and_the_end_found_there_ends_all()
    {
        await using var cluster = new LocalCluster();
        var one = await cluster.StartAsync("one");
        var first = await cluster.NextLeadershipAsync();
        Assert.Equal("one", first.Node);
        var two = await cluster.StartAsync("two");
        var three = await cluster.StartAsync("three");
        three.Node.Interrupt();
        await CancelledAsync(first.Leadership.Interrupt);
        await one.DisposeAsync();
        Assert.True(first.Leadership.Lost.IsCancellationRequested);
        var second = await cluster.NextLeadershipAsync();
        Assert.Equal("two", second.Node);
        Assert.True(second.Leadership.Interrupt.IsCancellationRequested);
        cluster.End.SetResult(new ExperimentEnd(1, "run b failed"));
        Assert.Equal(new NodeEnd(NodeEndKind.Over, "run b failed", 1), await two.EndAsync());
        Assert.Equal(new NodeEnd(NodeEndKind.Over, "run b failed", 1), await three.EndAsync());
    }

    [Fact]
    public async Task A_node_with_another_experiment_is_refused_and_both_are_named()
    {
        await using var cluster = new LocalCluster();
        await cluster.StartAsync("one", experiment: "aaaa");
        var two = await cluster.StartAsync("two", experiment: "bbbb");
        var end = await two.EndAsync();
        Assert.Equal(NodeEndKind.Refused, end.Kind);
        Assert.Contains("one runs experiment aaaa, two bbbb", end.Reason, StringComparison.Ordinal);
        var three = await cluster.StartAsync("three", experiment: "aaaa");
        Assert.False(three.Node.Ended.IsCompleted);
    }

    /// <summary>A node with the certificate of another would sign as that other.</summary>
    [Fact]
    public async Task A_node_joins_with_the_key_of_its_certificate_and_with_no_other()
    {
        using var files = new CredentialFiles();
        using NodeCredentials one = files.Of("one"), two = files.Of("two");
        await using var cluster = new LocalCluster();
        var first = await cluster.StartAsync("one", nodes: 2, credentials: one);
        using var news = Akka.Actor.Inbox.Create(first.Node.System);
        first.Node.Membership.Tell(new SubscribeToMembership(news.Receiver));
        await cluster.StartAsync("three", nodes: 2, credentials: two);
        await cluster.StartAsync("two", nodes: 2, credentials: two);
        var here = Assert.IsType<NodesHere>(await news.ReceiveAsync(Long).WaitAsync(Stop));
        Assert.Equal(["one", "two"], here.Nodes.Select(node => node.Node.Name));
        using NodeKey ofOne = one.Key(), ofTwo = two.Key();
        Assert.Equal([.. ofOne.PublicKey, .. ofTwo.PublicKey], here.Nodes.SelectMany(node => node.Key));
        Assert.Contains(
            ("one", "three does not sign by the key of its certificate: it has shown no certificate; three is left out"), cluster.Lines);
    }

    [Fact]
    public async Task A_node_that_no_seed_admits_names_the_seeds_it_asked()
    {
        await using var cluster = new LocalCluster();
        var alone = await cluster.StartAsync("alone", seed: new DnsEndPoint("127.0.0.1", 1), joinWithin: TimeSpan.FromSeconds(1));
        var end = await alone.EndAsync();
        Assert.Equal(NodeEndKind.NotJoined, end.Kind);
        Assert.Contains("127.0.0.1:1", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_stages_leaves_at_once_and_the_last_one_interrupts()
    {
        await using var cluster = new LocalCluster();
        var one = await cluster.StartAsync("one");
        var first = await cluster.NextLeadershipAsync();
        var two = await cluster.StartAsync("two");
        two.Node.Leave(Long);
        Assert.Equal(new NodeEnd(NodeEndKind.Left, null), await two.EndAsync());
        await two.DisposeAsync();
        one.Node.Leave(Long);
        await CancelledAsync(first.Leadership.Interrupt);
    }

    private static async Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(Long, Stop);
    }
}
