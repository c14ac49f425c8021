using Akka.Actor;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Tests.Pipeline;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Which messages are sent as a pointer, by lane or by Akka.Remote, and which cannot be sent.</summary>
public sealed class LaneTransportSpecs : TestKit
{
    private const string RemoteStage = "akka.tcp://pipeline@10.0.0.2:4053/user/node/stage-1";

    private static readonly NodeId Here = new("here", 1);
    private static readonly NodeId There = new("there", 2);
    private static readonly StepId Work = new(new Ballot(1, Here), 0, Purpose.Training, 0, 0, 0);

    private readonly FakeLanes _lanes = new(Here, null!);
    private readonly PeerLanes _peers;

    public LaneTransportSpecs(ITestOutputHelper output)
        : base("akka.actor.provider = remote\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }\n" + RunConfiguration.Quiet, output: output) =>
        _peers = new PeerLanes(_lanes);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private LaneTransport Transport => new(_peers, new LaneRules(Here, []));

    private IActorRef Remote => ((ExtendedActorSystem)Sys).Provider.ResolveActorRef(RemoteStage);

    [Fact]
    public async Task A_tensor_within_the_process_is_passed_by_reference()
    {
        using var message = Message();
        Transport.ToStage(TestActor, message, TestActor);
        Assert.Same(message, await ExpectMsgAsync<TensorSent>(cancellationToken: Stop));
        Transport.ToServer(TestActor, new BeginBackward(Work), TestActor);
        await ExpectMsgAsync<BeginBackward>(cancellationToken: Stop);
        Assert.Empty(_lanes.Sent);
    }

    [Fact]
    public void Tensors_for_another_node_go_by_its_lane_to_stage_or_server()
    {
        var lane = new LaneAddress(There, "10.0.0.2", 4054);
        _peers.Add(Remote.Path.Address, lane);
        using var message = Message();
        Transport.ToStage(Remote, message, TestActor);
        Transport.ToServer(Remote, message, TestActor);
        Transport.ToStage(Remote, new BeginBackward(Work), TestActor);
        Assert.Equal([(lane, LaneEnd.Stage, message), (lane, LaneEnd.Server, message)], _lanes.Sent);
    }

    [Fact]
    public void Tensors_for_a_lost_node_are_disposed_of()
    {
        var gone = new LaneAddress(There, "10.0.0.2", 4054);
        var message = Message();
        _peers.Add(Remote.Path.Address, gone);
        _peers.Remove(Remote.Path.Address, gone with { Node = There with { Incarnation = 3 } });
        using var first = Message();
        Transport.ToStage(Remote, first, TestActor);
        Assert.Equal([(gone, LaneEnd.Stage, first)], _lanes.Sent);
        _peers.Remove(Remote.Path.Address, gone);
        Transport.ToStage(Remote, message, TestActor);
        Assert.Single(_lanes.Sent);
        Assert.True(message.Value.IsInvalid);
    }

    private static TensorSent Message() =>
        new(Work, Direction.Forward, PipelineRobustness.Pipeline.Ports.Link.Neighbour, 0, 0, 1, ones(2), false, null);
}
