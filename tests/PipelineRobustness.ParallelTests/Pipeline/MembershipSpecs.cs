using Akka.Actor;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Who is here, and where stages go.</summary>
public sealed class MembershipSpecs : TestKit
{
    public MembershipSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_late_subscriber_learns_of_the_present_nodes()
    {
        var membership = Sys.ActorOf(Props.Create(() => new Membership()));
        var news = new NodeUp(new NodeId("a"), new NodeCapacity(2), CreateTestProbe());
        membership.Tell(news);
        membership.Tell(new SubscribeToMembership(TestActor));
        Assert.Equal([news], (await ExpectMsgAsync<NodesHere>(cancellationToken: Stop)).Nodes);
    }

    [Fact]
    public async Task A_late_subscriber_learns_of_the_nodes_about_to_leave()
    {
        var membership = Sys.ActorOf(Props.Create(() => new Membership()));
        var news = new NodeLeaving(new NodeId("a"), DateTimeOffset.UnixEpoch);
        membership.Tell(new NodeUp(news.Node, new NodeCapacity(2), CreateTestProbe()));
        membership.Tell(news);
        membership.Tell(new SubscribeToMembership(TestActor));
        await ExpectMsgAsync<NodesHere>(cancellationToken: Stop);
        Assert.Equal(news, await ExpectMsgAsync<NodeLeaving>(cancellationToken: Stop));
        membership.Tell(new NodeLost(news.Node, "it left"));
        var later = CreateTestProbe();
        membership.Tell(new SubscribeToMembership(later));
        Assert.Empty((await later.ExpectMsgAsync<NodesHere>(cancellationToken: Stop)).Nodes);
        await later.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Stop);
    }

    [Fact]
    public async Task A_node_whose_actor_stops_is_lost_once()
    {
        var membership = Sys.ActorOf(Props.Create(() => new Membership()));
        membership.Tell(new SubscribeToMembership(TestActor));
        await ExpectMsgAsync<NodesHere>(cancellationToken: Stop);
        var node = CreateTestProbe();
        membership.Tell(new NodeUp(new NodeId("a"), new NodeCapacity(2), node));
        await ExpectMsgAsync<NodeUp>(cancellationToken: Stop);
        Sys.Stop(node);
        Assert.Equal(new NodeId("a"), (await ExpectMsgAsync<NodeLost>(cancellationToken: Stop)).Node);
        membership.Tell(new NodeLost(new NodeId("a"), "again"));
        membership.Tell(new NodeSuspected(new NodeId("b")));
        await ExpectMsgAsync<NodeSuspected>(cancellationToken: Stop);
    }

    [Fact]
    public async Task A_node_that_came_back_is_not_lost_with_its_former_incarnation()
    {
        var membership = Sys.ActorOf(Props.Create(() => new Membership()));
        membership.Tell(new SubscribeToMembership(TestActor));
        await ExpectMsgAsync<NodesHere>(cancellationToken: Stop);
        var (before, after) = (CreateTestProbe(), CreateTestProbe());
        foreach (var actor in new[] { before, after })
        {
            membership.Tell(new NodeUp(new NodeId("a"), new NodeCapacity(2), actor));
            await ExpectMsgAsync<NodeUp>(cancellationToken: Stop);
        }

        Sys.Stop(before);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200), Stop);
        Sys.Stop(after);
        Assert.Equal(new NodeId("a"), (await ExpectMsgAsync<NodeLost>(cancellationToken: Stop)).Node);
    }

    [Fact]
    public void The_supervision_table_stops_stages_and_escalates_detectors()
    {
        Assert.Equal(Directive.Stop, Supervision.Decide("stage", new InvalidOperationException()));
        Assert.Equal(Directive.Escalate, Supervision.Decide("detector", new InvalidOperationException()));
        Assert.DoesNotContain(Supervision.Table, r => r.Directive == Directive.Restart);
        Assert.All(Supervision.Table, r => Assert.NotEmpty(r.Why));
    }
}
