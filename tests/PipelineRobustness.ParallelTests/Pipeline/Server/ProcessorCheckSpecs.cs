using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Where bytes are compared, stages are given to nodes alone whose processors give what the server's gives.</summary>
public sealed class ProcessorCheckSpecs
{
    private const int Stages = 3;
    private static readonly UInt128 Ours = 7, Others = 8;

    [Fact]
    public void A_node_with_another_processor_gets_no_stage_and_is_named()
    {
        var world = World(node => node == "node-2" ? Others : Ours).With(Stages + 1);
        world.Deliver();
        AssertDone(world);
        Assert.Equal(["node-1", "node-3", "node-4"], Placement(world));
        Assert.Equal([new NodeLeftOut(new NodeId("node-2"), Others, Ours)], LeftOut(world));
    }

    [Fact]
    public void A_node_that_says_nothing_of_its_processor_gets_no_stage()
    {
        var world = World(node => node == "node-1" ? null : Ours).With(Stages + 1);
        world.Deliver();
        AssertDone(world);
        Assert.Equal([new NodeLeftOut(new NodeId("node-1"), null, Ours)], LeftOut(world));
    }

    [Fact]
    public void Nodes_are_not_compared_where_no_bytes_are()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(Stages)) { Fingerprint = node => node.Name == "node-2" ? Others : null }.With(Stages);
        world.Deliver();
        AssertDone(world);
        Assert.Empty(LeftOut(world));
    }

    [Fact]
    public void A_node_with_another_processor_that_joins_late_takes_no_part_in_a_recovery()
    {
        var world = World(node => node == "node-9" ? Others : Ours).With(Stages);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Join(9);
        world.Join(4);
        world.Kill(2);
        world.Deliver();
        AssertDone(world);
        Assert.Equal([new NodeLeftOut(new NodeId("node-9"), Others, Ours)], LeftOut(world));
        Assert.Equal(["node-1", "node-3", "node-4"], Placement(world).Order());
    }

    /// <summary>Else a node that is about to be left out would interrupt an iteration.</summary>
    [Fact]
    public void A_node_that_joins_late_is_used_when_it_has_said_what_its_processor_gives()
    {
        var world = World(node => node == "node-9" ? Others : Ours).With(2, room: Stages);
        world.Deliver(message => message is Prepared { Work.Iteration: 0 });
        world.Join(9, Stages);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        Assert.Empty(world.Events.OfType<RecoveryBegan>());
        world.Join(3, Stages);
        world.Deliver();
        AssertDone(world);
        Assert.Single(world.Events.OfType<RecoveryBegan>());
        Assert.Equal(["node-1", "node-2", "node-3"], Placement(world).Order());
    }

    [Theory]
    [InlineData("substitute", " (defence.tolerance)")]
    [InlineData("referee", "")]
    public void A_run_without_like_nodes_ends_for_lack_of_room_and_says_why(string remedy, string remark)
    {
        var world = World(_ => Others, remedy).With(Stages);
        world.Deliver();
        Assert.IsType<AwaitingCapacity>(world.Server.Phase);
        world.Join(9);
        world.Deliver();
        Assert.IsType<AwaitingCapacity>(world.Server.Phase);
        world.Join(10);
        world.Fire<CoordinatorTimer.CapacityTimeout>(TimeSpan.FromHours(1));
        Assert.Equal(RunStatus.Failed, world.End!.Status);
        Assert.Contains(
            $"the 5 nodes that are left have room for 0 without the 4 whose processors give other bits{remark} without the 1 that have joined and not "
            + "said yet what their processors give;",
            world.End.Reason,
            StringComparison.Ordinal);
    }

    /// <summary>A referee takes no tolerance, so that the line must not name one as the way out.</summary>
    [Fact]
    public void The_line_of_a_refused_node_says_what_the_remedy_allows()
    {
        (string Remedy, string Advice)[] expected =
        [
            ("substitute", "(defence.tolerance above 0 allows for it)"),
            ("referee", "(give the run nodes with the server's processor, or another defence.remedy, with a defence.tolerance above 0)"),
        ];
        foreach (var (remedy, advice) in expected)
        {
            var world = World(node => node == "node-2" ? Others : Ours, remedy).With(Stages + 1);
            world.Deliver();
            Assert.Contains(advice, Assert.Single(LeftOut(world)).Text, StringComparison.Ordinal);
        }
    }

    /// <summary>What the former nodes hold is right, and goes to those of the new server's kind.</summary>
    [Theory]
    [InlineData("substitute")]
    [InlineData("referee")]
    public void A_server_that_takes_over_compares_with_its_own_processor(string remedy)
    {
        var world = World(node => node is "node-1" or "node-2" or "node-3" ? Ours : Others, remedy).With(2 * Stages);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        Assert.Equal(["node-1", "node-2", "node-3"], Placement(world));
        world.TakeOver(fingerprint: Others);
        world.Deliver();
        AssertDone(world);
        Assert.Equal(["node-4", "node-5", "node-6"], Placement(world).Order());
        Assert.DoesNotContain(world.Events.OfType<RecoveryEnded>(), ended => ended.How.Contains("version 0", StringComparison.Ordinal));
    }

    private static CoordinatorWorld World(Func<string, UInt128?> fingerprint, string remedy = "substitute") =>
        new(ServerRig.Plan(Stages, remedy: remedy), fingerprint: Ours) { Fingerprint = node => fingerprint(node.Name) };

    private static IEnumerable<NodeLeftOut> LeftOut(CoordinatorWorld world) => world.Events.OfType<NodeLeftOut>();

    private static IEnumerable<string> Placement(CoordinatorWorld world) => world.Events.OfType<IPlacement>().Last().Placement.Select(node => node.Name);

    private static void AssertDone(CoordinatorWorld world)
    {
        Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
        Assert.Equal([0, 1, 2], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct());
    }
}
