using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>A network partition: Akka.Remote's throttle drops messages in both directions.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class PartitionSpecs
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static readonly Config Throttled = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.applied-adapters = [\"trttl\"]");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_majority_resumes_with_the_server_and_the_minority_stops_itself()
    {
        await using var cluster = new LocalCluster { Settings = Throttled };
        // The oldest node leads, and is the one that is cut off.
        var one = await cluster.StartAsync("one", nodes: 3);
        var first = await cluster.NextLeadershipAsync();
        Assert.Equal("one", first.Node);
        var two = await cluster.StartAsync("two", nodes: 3);
        using var news = Akka.Actor.Inbox.Create(two.Node.System);
        two.Node.Membership.Tell(new SubscribeToMembership(news.Receiver));
        var three = await cluster.StartAsync("three", nodes: 3);
        Assert.IsType<NodesHere>(await news.ReceiveAsync(Long).WaitAsync(Stop));

        await CutAsync(one, two);
        await CutAsync(one, three);
        await CutAsync(two, one);
        await CutAsync(three, one);

        Assert.Equal(NodeEndKind.CutOff, (await one.EndAsync()).Kind);
        Assert.True(first.Leadership.Lost.IsCancellationRequested);
        Assert.Equal("two", (await cluster.NextLeadershipAsync()).Node);
        Assert.False(two.Node.Ended.IsCompleted || three.Node.Ended.IsCompleted);
        Assert.Equal(one.Node.Here, await LostAsync(news));
    }

    private static async Task<NodeId> LostAsync(Akka.Actor.Inbox news)
    {
        while (true)
        {
            if (await news.ReceiveAsync(Long).WaitAsync(Stop) is NodeLost lost) return lost.Node;
        }
    }

    private static async Task CutAsync(LocalCluster.LocalNode here, LocalCluster.LocalNode there)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)here.Node.System).Provider).Transport;
        var address = Akka.Cluster.Cluster.Get(there.Node.System).SelfAddress;
        Assert.True(await transport.ManagementCommand(new SetThrottle(
            address.WithProtocol("tcp"), ThrottleTransportAdapter.Direction.Both, Blackhole.Instance)));
    }
}
