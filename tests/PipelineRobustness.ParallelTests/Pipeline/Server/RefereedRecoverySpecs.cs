using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What follows from a conviction, and from what breaks in the middle: seats, nodes, steps, transfers and checkpoints.</summary>
public sealed class RefereedRecoverySpecs
{
    [Fact]
    public void A_convicted_stage_moves_to_another_node_and_its_own_gets_nothing()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(3, remedy: "referee")).With(3, room: 2);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver(message => message is Prepared { Work: { Iteration: 1, Attempt: 1 } });
        Assert.Equal("node-3", Assert.Single(RefereedRun.Rulings(world)).Convicted!.Node.Name);
        world.Join(3, room: 2);
        world.Deliver();
        RefereedRun.AssertDone(world);
        var moved = Assert.Single(world.Events.OfType<RecoveryEnded>());
        Assert.DoesNotContain("node-3", moved.Placement.Select(node => node.Name));
    }

    /// <summary>Nor is anything restored from what it holds.</summary>
    [Fact]
    public void A_quarantined_node_that_missed_its_end_gets_nothing_from_the_next_server()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.LosesToNode = order => order is Quarantined;
        world.Deliver(message => message is Prepared { Work: { Iteration: 1, Attempt: 1 } });
        world.Silence(5);
        world.TakeOver();
        world.LosesToNode = _ => false;
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.DoesNotContain("node-3", world.Events.OfType<IPlacement>().Last().Placement.Select(node => node.Name));
        Assert.Equal("block 2 on node-6 from node-4, block 1 on node-6 from node-2", world.Events.OfType<RecoveryEnded>().Last().How);
        Assert.Empty(world.StagesOn(3));
    }

    /// <summary>All stages that knew of the ruling are lost with the server; the quarantined node missed its end.</summary>
    [Fact]
    public void A_quarantined_node_gets_nothing_where_only_a_checkpoint_knows_of_it()
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        var world = new CoordinatorWorld(plan with { Checkpoint = plan.Checkpoint with { Every = 2 } }, hasStore: true).With(9);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.LosesToNode = order => order is Quarantined;
        world.Deliver(message => message is Prepared { Work.Iteration: 2 });
        Assert.Equal(2, Assert.Single(world.Checkpoints).Version);
        foreach (var node in (int[])[1, 2, 4, 5]) world.Silence(node);
        world.TakeOver();
        world.LosesToNode = _ => false;
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.DoesNotContain("node-3", world.Events.OfType<IPlacement>().Last().Placement.Select(node => node.Name));
    }

    [Fact]
    public void A_quarantined_node_that_missed_its_end_hears_of_it_again()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.LosesToNode = order => order is Quarantined;
        world.Deliver(message => message is Prepared { Work: { Iteration: 1, Attempt: 1 } });
        Assert.NotEmpty(world.StagesOn(3));
        world.LosesToNode = _ => false;
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
        Assert.Empty(world.StagesOn(3));
    }

    /// <summary>It would work on the runs that follow.</summary>
    [Fact]
    public void A_quarantined_node_is_sent_away_where_the_run_ends_without_room()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(3, remedy: "referee")).With(3, room: 1);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.LosesToNode = order => order is Quarantined;
        world.Deliver();
        world.LosesToNode = _ => false;
        Assert.NotEmpty(world.StagesOn(3));
        world.Fire<CoordinatorTimer.CapacityTimeout>(ServerRig.Plan(3).Recovery.RoomTimeout);
        Assert.Equal((RunStatus.Failed, LossKind.Room), (world.End!.Status, world.End.Lost));
        Assert.Empty(world.StagesOn(3));
    }

    [Fact]
    public void A_run_of_one_node_replaces_the_seat_alone()
    {
        var plan = ServerRig.Plan(4, remedy: "referee") with { HasOneNode = true };
        var world = new CoordinatorWorld(plan).With(1, room: 4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver(_ => world.Server.Phase is Training { Iteration.Iteration: 1 });
        var before = Enumerable.Range(0, 4).Select(stage => world.Stage(stage).Address).ToArray();
        world.Deliver(message => message is Committed { Work.Iteration: 1 });
        Assert.Equal([0, 1, 3], Enumerable.Range(0, 4).Where(stage => world.Stage(stage).Address.Equals(before[stage])));
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
    }

    [Fact]
    public void A_node_may_be_convicted_so_often_as_the_plan_says()
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        var world = new CoordinatorWorld(plan with { Defence = plan.Defence with { QuarantineAfter = 2 } }).With(5);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: < 3, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Equal(["node-3", "node-3", "node-5"], RefereedRun.Rulings(world).Select(ruling => ruling.Convicted!.Node.Name));
        Assert.Equal([0, 1, 2], RefereedRun.Rulings(world).Select(ruling => ruling.Attempt));
        Assert.Single(world.Events.OfType<RecoveryBegan>());
    }

    [Fact]
    public void A_node_that_dies_in_a_hearing_leads_to_the_same_ruling()
    {
        var expected = default(ImmutableArray<Ruling>);
        foreach (var node in (int?[])[null, 1, 2, 3, 4])
        {
            var world = RefereedRun.Of(4);
            world.Says = (saying, honest) => saying is { Work: { Iteration: 1, Attempt: 0 }, Stage: 2, What: Said.Copy } ? Truth.Of("false") : honest;
            Assert.NotNull(world.Deliver(message => message is ExhibitHashed));
            if (node is { } killed) world.Kill(killed);
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            ImmutableArray<Ruling> rulings = [.. RefereedRun.Rulings(world).Select(ruling => ruling with { Convicted = Elsewhere(ruling.Convicted!) })];
            if (expected.IsDefault) expected = rulings;
            Assert.Equal(expected, rulings);
        }
    }

    [Fact]
    public void A_server_that_takes_over_knows_the_rulings_and_the_attempt()
    {
        var stopped = new HashSet<Type>();
        for (var message = 0; ; message++)
        {
            var world = RefereedRun.Of(4);
            world.Says = (saying, honest) => saying is { Work.Iteration: 1, Seat: 0 } && (saying is { Stage: 2, What: Said.Copy }
                or { Stage: 1, What: Said.GradientToNeighbour }) ? Truth.Of("false") : honest;
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            stopped.Add(world.Server.Phase.GetType());
            world.TakeOver();
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            var commit = RefereedRun.Commits(world).Last(commit => commit.Iteration == 1);
            Assert.Equal((4, 3), (commit.Attempts, commit.Rulings.Length));
            Assert.Equal([2, 1], commit.Rulings.Select(ruling => ruling.Convicted?.Stage).OfType<int>());
            Assert.Equal([0, 1, 2], commit.Rulings.Select(ruling => ruling.Attempt));
        }

        Assert.Superset(new HashSet<Type> { typeof(HoldingHearings), typeof(Training), typeof(Committing), typeof(Restoring) }, stopped);
    }

    /// <summary>The server of before has told the stages what both holders had come to.</summary>
    [Fact]
    public void A_server_that_takes_over_restores_from_the_holder_that_is_left()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 2 });
        world.Silence(2);
        world.TakeOver();
        world.Tell(new NodeLost(ServerRig.Node(2, 1).Node, "its process ended"));
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal(2, world.Events.OfType<RecoveryEnded>().Single().Version);
    }

    /// <summary>Before both have said what they stepped to, neither is believed alone.</summary>
    [Fact]
    public void A_holder_that_dies_in_a_commit_takes_all_back()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Step } ? Truth.Of("false") : honest;
        world.Deliver(message => message is Committed { Work.Iteration: 1, Stage: 3 });
        world.Kill(4);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal(0, world.Events.OfType<RecoveryEnded>().First().Version);
        Assert.Equal(2, Assert.Single(RefereedRun.Rulings(world)).Convicted!.Stage);
    }

    [Fact]
    public void A_false_step_is_undone_by_the_state_of_the_other_holder()
    {
        foreach (var said in (Said[])[Said.Step, Said.StepOfCopy])
        {
            var world = RefereedRun.Of(4);
            world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0 } && saying.What == said ? Truth.Of("false") : honest;
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            var made = Assert.Single(RefereedRun.Rulings(world));
            Assert.Equal((1L, 0, Act.Step, 2), (made.Iteration, made.Attempt, made.Act, made.Convicted!.Stage));
            Assert.Equal([1, 1, 1], RefereedRun.Commits(world).Select(commit => commit.Attempts));
            Assert.Equal([made], RefereedRun.Commits(world)[1].Rulings);
            Assert.Equal(2, world.Events.OfType<RecoveryEnded>().Single().Version);
        }
    }

    [Fact]
    public void A_holder_that_stepped_falsely_and_may_stay_gets_the_state_of_the_other()
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        var world = new CoordinatorWorld(plan with { Defence = plan.Defence with { QuarantineAfter = 2 } }).With(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Step or Said.StepOfCopy } ? Truth.Of("false") : honest;
        world.Deliver(_ => world.Server.Phase is Training { Iteration.Iteration: 2 });
        Assert.Equal((ScriptedStage.Digest(2, 2), ScriptedStage.Digest(2, 1)), (world.Stage(2).Own!.Value, world.Stage(2).Copy!.Value));
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
    }

    [Fact]
    public void A_step_whose_state_before_is_not_shown_takes_all_back()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.StepOfCopy } ? Truth.Of("false") : honest;
        world.Deliver(_ => world.Server.Phase is Training { Iteration.Iteration: 1 });
        world.Stage(2).Hides = key => key.Kind == ExhibitKind.StateBefore;
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal(2, Assert.Single(RefereedRun.Rulings(world)).Convicted!.Stage);
        Assert.Equal(0, world.Events.OfType<RecoveryEnded>().Single().Version);
    }

    [Fact]
    public void A_node_that_dies_while_a_step_is_heard_leaves_no_unsure_state()
    {
        foreach (var node in (int[])[1, 2, 3, 4])
        {
            var world = RefereedRun.Of(4);
            world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.StepOfCopy } ? Truth.Of("false") : honest;
            Assert.NotNull(world.Deliver(message => message is ExhibitHashed));
            world.Kill(node);
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
        }
    }

    /// <summary>The first transfer may have been changed by either; the second is by way of the referee.</summary>
    [Theory]
    [InlineData(Said.Given, 1)]
    [InlineData(Said.Received, 2)]
    internal void A_false_transfer_convicts_its_source_or_its_receiver(Said said, int expected)
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Says = (saying, honest) => saying is { Seat: 0 } && saying.What == said && saying.Stage == expected ? Truth.Of("false") : honest;
        world.Kill(3);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        var made = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal((Act.Transfer, expected), (made.Act, made.Convicted!.Stage));
        Assert.All(RefereedRun.Commits(world), commit => Assert.Equal(1, commit.Attempts));
    }

    /// <summary>It was to get its state from its predecessor, which is convicted of that.</summary>
    [Fact]
    public void A_stage_that_is_placed_when_its_predecessor_is_convicted_has_the_next_seat()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Stage: 2, Seat: 0, What: Said.Given } ? Truth.Of("false") : honest;
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Tell(new NodeLeaving(ServerRig.Node(3, 1).Node, DateTimeOffset.UnixEpoch.AddHours(1)));
        world.Deliver(message => message is Prepared { Work.Iteration: 2 });
        Assert.Equal("node-3", Assert.Single(RefereedRun.Rulings(world)).Convicted!.Node.Name);
        Assert.Equal(1, world.Stage(2).Order.Rulings.SeatOf(2));
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
    }

    [Fact]
    public void A_transfer_that_was_false_once_convicts_no_stage()
    {
        var (world, told) = (RefereedRun.Of(4), 0);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Says = (saying, honest) => saying is { What: Said.Given } && told == 0 ? RefereedRun.Lie(honest, ref told) : honest;
        world.Kill(3);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal((1, 0), (told, RefereedRun.Rulings(world).Count));
    }

    /// <summary>It is of the first transfer, whose source or network may have changed the state.</summary>
    [Fact]
    public void A_report_that_comes_twice_convicts_no_receiver()
    {
        var (world, told, isHandedOn) = (RefereedRun.Of(4), 0, false);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Says = (saying, honest) => saying is { What: Said.Given } && told == 0 ? RefereedRun.Lie(honest, ref told) : honest;
        world.Hears = occurrence => isHandedOn |= occurrence is Effect.HandOnState;
        world.Kill(3);
        var report = Assert.IsType<BlockRestored>(world.Deliver(message => message is BlockRestored { Digest: var digest } && digest > 1_000));
        world.Deliver(_ => isHandedOn);
        world.Tell(report);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Empty(RefereedRun.Rulings(world));
    }

    [Fact]
    public void A_final_state_that_is_not_the_committed_one_convicts()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Stage: 3, Seat: 0, What: Said.Collected } ? Truth.Of("false") : honest;
        world.Deliver();
        RefereedRun.AssertDone(world);
        var made = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal((Act.Transfer, 3), (made.Act, made.Convicted!.Stage));
    }

    [Fact]
    public void A_checkpoint_that_is_misread_is_left_out_and_convicts_no_stage()
    {
        var plan = ServerRig.Plan(3, remedy: "referee");
        plan = plan with { Training = plan.Training with { Iterations = 6 }, Checkpoint = plan.Checkpoint with { Every = 2 } };
        var world = new CoordinatorWorld(plan, hasStore: true).With(6);
        world.Deliver(message => message is Prepared { Work.Iteration: 5 });
        Assert.Equal([4, 2], world.Checkpoints.Select(checkpoint => checkpoint.Version));
        var newest = world.Checkpoints[0];
        world.Checkpoints[0] = newest with { Shards = [newest.Shards[0] with { StateDigest = 777 }, .. newest.Shards[1..]] };
        world.Silence(3);
        world.Kill(2);
        world.Kill(3);
        world.Deliver();
        Assert.Equal(RunStatus.Done, world.End?.Status);
        Assert.Equal(2, world.Events.OfType<RecoveryEnded>().Single().Version);
        Assert.Empty(RefereedRun.Rulings(world));
    }

    /// <summary>The attempts that ended with a ruling are not worked again, and the log says of them what it said.</summary>
    [Fact]
    public void A_repeated_iteration_begins_at_the_attempt_of_its_commit()
    {
        var world = RefereedRun.Of(3);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver(message => message is Prepared { Work.Iteration: 2 });
        var before = RefereedRun.Commits(world).Last(commit => commit.Iteration == 1);
        world.Silence(2);
        world.Kill(1);
        world.Kill(2);
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Equal(0, world.Events.OfType<RecoveryEnded>().Last().Version);
        var again = RefereedRun.Commits(world).Last(commit => commit.Iteration == 1);
        Assert.Equal((before.Attempts, 2), (again.Attempts, again.Attempts));
        Assert.Equal(before.Rulings, again.Rulings);
    }

    // After a death the same stage may be on another node.
    private static Conviction Elsewhere(Conviction conviction) => conviction with { Node = default };
}
