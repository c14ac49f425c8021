using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Which nodes are present, and what is done about an actor that throws.</summary>
public sealed partial class MembershipSpecs : TestKit
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
        var next = new NodeUp(new NodeId("b"), new NodeCapacity(1), CreateTestProbe());
        membership.Tell(next);
        Assert.Equal(next, await later.ExpectMsgAsync<object>(cancellationToken: Stop));
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
        membership.Tell(new NodeLeaving(new NodeId("b"), DateTimeOffset.UnixEpoch));
        await ExpectMsgAsync<NodeLeaving>(cancellationToken: Stop);
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

        var watch = CreateTestProbe();
        await watch.WatchAsync(before);
        Sys.Stop(before);
        await watch.ExpectTerminatedAsync(before, cancellationToken: Stop);
        var next = new NodeUp(new NodeId("b"), new NodeCapacity(1), CreateTestProbe());
        membership.Tell(next);
        Assert.Equal(next, await ExpectMsgAsync<object>(cancellationToken: Stop));
        Sys.Stop(after);
        Assert.Equal(new NodeId("a"), (await ExpectMsgAsync<NodeLost>(cancellationToken: Stop)).Node);
    }

    [Fact]
    public void The_supervision_table_is_the_documented_one_and_restarts_nothing()
    {
        var documented = SupervisionRow().Matches(Repository.Read("docs/actors.md")).Select(row => row.Groups.Values.Skip(1).Select(g => g.Value));
        Assert.Equal(
            documented.Select(row => string.Join(" | ", row)),
            Supervision.Table.Select(rule =>
            {
                var exception = rule.Exception == typeof(Exception) ? "any exception" : "it could not be built";
                return $"{rule.Supervisor} | {rule.Child} | {exception} | {rule.Directive.ToString().ToLowerInvariant()}";
            }));
        Assert.DoesNotContain(Supervision.Table, rule => rule.Directive == Directive.Restart);
    }

    [GeneratedRegex(@"^\| (\w+) \| ([\w, ]+) \| (any exception|it could not be built) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex SupervisionRow();
}
