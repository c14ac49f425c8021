using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>A network that falls in two: Akka.Remote's throttle swallows what goes either way.</summary>
public sealed class PartitionSpecs
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static readonly Config Throttled = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.applied-adapters = [\"trttl\"]");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_majority_resumes_with_the_server_and_the_minority_stops_itself()
    {
        await using var cluster = new LocalCluster { Settings = Throttled };
        // The seat is the oldest's: the one that is cut off.
        var one = await cluster.StartAsync("one", nodes: 3);
        var first = await cluster.NextTermAsync();
        Assert.Equal("one", first.Node);
        var two = await cluster.StartAsync("two", nodes: 3);
        using var news = Akka.Actor.Inbox.Create(two.System);
        two.Membership.Tell(new SubscribeToMembership(news.Receiver));
        var three = await cluster.StartAsync("three", nodes: 3);
        Assert.IsType<NodesHere>(await news.ReceiveAsync(Long).WaitAsync(Stop));

        await CutAsync(one, two);
        await CutAsync(one, three);
        await CutAsync(two, one);
        await CutAsync(three, one);

        Assert.Equal(NodeEndKind.CutOff, (await LocalCluster.EndOfAsync(one)).Kind);
        Assert.True(first.Seat.Lost.IsCancellationRequested);
        Assert.Equal("two", (await cluster.NextTermAsync()).Node);
        Assert.False(two.Ended.IsCompleted || three.Ended.IsCompleted);
        Assert.Equal(one.Here, await LostAsync(news));
    }

    private static async Task<NodeId> LostAsync(Akka.Actor.Inbox news)
    {
        while (true)
        {
            if (await news.ReceiveAsync(Long).WaitAsync(Stop) is NodeLost lost) return lost.Node;
        }
    }

    private static async Task CutAsync(ClusterNode here, ClusterNode there)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)here.System).Provider).Transport;
        var address = Akka.Cluster.Cluster.Get(there.System).SelfAddress;
        Assert.True(await transport.ManagementCommand(new SetThrottle(
            address.WithProtocol("tcp"), ThrottleTransportAdapter.Direction.Both, Blackhole.Instance)));
    }
}
