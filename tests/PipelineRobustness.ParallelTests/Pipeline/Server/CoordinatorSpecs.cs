using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>The protocol of docs/actors.md and docs/recovery.md, with a test for each sentence.</summary>
public sealed class CoordinatorSpecs
{
    private static readonly RunPlan Plan = ServerRig.Plan(3);

    [Fact]
    public void A_run_ends_with_every_iteration_committed_once()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver();
        Assert.Equal((RunStatus.Done, null, 3L, 1.5), (world.End!.Status, world.End.Reason, world.End.Iterations, world.End.EvaluationLoss));
        Assert.Equal([0, 1, 2], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration));
    }

    [Fact]
    public void An_iteration_is_reported_when_every_holder_has_stepped()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Committed { Stage: 2 });
        Assert.Empty(world.Events.OfType<IterationCommitted>());
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        Assert.Single(world.Events.OfType<IterationCommitted>());
    }

    [Fact]
    public void The_next_iteration_begins_when_every_holder_has_stepped()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Committed { Stage: 2 });
        Assert.IsType<Committing>(world.Server.Phase);
        world.LoseNext();
        Assert.Null(world.Deliver());
        world.Tell(Committed(world, 2));
        Assert.Equal(1, Assert.IsType<Training>(world.Server.Phase).Iteration.Iteration);
    }

    [Fact]
    public void A_retry_is_the_same_attempt()
    {
        var world = new CoordinatorWorld(Plan).With(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(2);
        world.Deliver(_ => world.Server.Phase is Training);
        var work = world.Server.Phase.Work!.Value;
        Assert.Equal((1L, 0, 0, 1), (work.Iteration, work.Attempt, work.Pass, work.Retry));
        world.Deliver();
        Assert.All(world.Events.OfType<IterationCommitted>(), commit => Assert.Equal(1, commit.Attempts));
    }

    [Fact]
    public void A_failure_leads_to_the_state_query_in_every_phase_of_a_run()
    {
        var phases = new HashSet<Type>();
        // Before each message in turn a node dies. Whatever was in progress, the run is complete in the end.
        for (var message = 0; ; message++)
        {
            var world = new CoordinatorWorld(Plan with { Evaluation = new EvaluationSettings { Every = 1 } }).With(5);
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            phases.Add(world.Server.Phase.GetType());
            world.Kill(2);
            world.Deliver();
            Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
            Assert.Equal([0, 1, 2], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct());
        }

        Assert.Superset(
            new HashSet<Type>
            {
                typeof(QueryingState), typeof(Placing), typeof(Training), typeof(Committing), typeof(Evaluating), typeof(ConfirmingEvaluation),
                typeof(CollectingState),
            },
            phases);
    }

    [Fact]
    public void A_failure_during_a_recovery_begins_the_recovery_again()
    {
        var phases = new HashSet<Type>();
        for (var message = 0; ; message++)
        {
            var world = new CoordinatorWorld(Plan).With(5);
            world.Loses = (order, stage) => order is Commit { Work.Iteration: 1, Ballot.Counter: 1 } && stage.Number != 2;
            world.Deliver(m => m is Committed { Work.Iteration: 1 });
            world.Kill(2);
            var left = message;
            if (world.Deliver(_ => left-- == 0 || world.Server.Phase is Training) is null || world.Server.Phase is Training) break;
            phases.Add(world.Server.Phase.GetType());
            world.Kill(4);
            world.Kill(5);
            world.Join(6);
            world.Deliver();
            Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
        }

        Assert.Superset(new HashSet<Type> { typeof(QueryingState), typeof(RollingForward), typeof(Placing), typeof(Restoring) }, phases);
    }

    [Fact]
    public void A_new_server_continues_from_any_message()
    {
        for (var message = 0; ; message++)
        {
            var world = new CoordinatorWorld(Plan).With(3);
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            world.TakeOver();
            world.Deliver();
            Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
            Assert.Equal([0, 1, 2], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct());
        }
    }

    [Fact]
    public void A_server_that_was_superseded_touches_nothing()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Prepared);
        var before = world.TakeOver();
        var effects = before.Step(new Input(new Superseded(before.Ballot, world.Server.Ballot), ServerRig.Address("node-1")), default);
        Assert.Equal(RunStatus.Superseded, Assert.IsType<Effect.End>(effects[^1]).Status);
        Assert.DoesNotContain(effects, effect => effect is Effect.ToNode or Effect.ToStages or Effect.ToStage);
        Assert.Empty(before.Step(new Input(new Interrupt(), ServerRig.Address("host")), default));
    }

    [Fact]
    public void A_server_that_does_not_lead_yet_asks_again_above_a_promised_ballot()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        var promised = new Ballot(41, new NodeId("server-0"));
        world.Tell(new Superseded(world.Server.Ballot, promised));
        Assert.True(world.Server.Ballot > promised);
        Assert.IsType<QueryingState>(world.Server.Phase);
    }

    [Fact]
    public void A_node_that_misses_the_state_query_comes_back_empty()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(4)).With(6);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(4);
        // Messages of node-2 and its stage are lost; after the time-out the server no longer waits for them.
        world.Deliver(message => message is NodeState { Node.Name: "node-2" });
        world.LoseNext();
        world.LoseNext();
        world.Deliver();
        Assert.StartsWith("the state of node-2 (", Assert.IsType<QueryingState>(world.Server.Phase).WaitingFor, StringComparison.Ordinal);
        world.Fire<CoordinatorTimer.QueryTimeout>(TimeSpan.FromSeconds(30));
        world.Deliver();
        Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
        Assert.StartsWith("block 1 on node-5 from node-3", Assert.Single(world.Events.OfType<RecoveryEnded>()).How, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restored_block_counts_only_with_the_digest_of_the_last_commit()
    {
        var world = new CoordinatorWorld(Plan).With(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(2);
        var restored = Assert.IsType<BlockRestored>(world.Deliver(message => message is BlockRestored));
        world.Tell(restored with { Digest = 666 });
        Assert.Equal(RunStatus.Failed, world.End!.Status);
        Assert.Equal($"block {restored.Block} was restored on stage {restored.Stage} with another state than that of the last commit", world.End.Reason);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_read_is_not_chosen_again()
    {
        var plan = ServerRig.Plan(3, CopyPlacement.None);
        plan = plan with { Checkpoint = plan.Checkpoint with { Every = 1 }, Training = plan.Training with { Iterations = 5 } };
        var world = new CoordinatorWorld(plan, hasStore: true).With(5);
        world.Deliver(message => message is Prepared { Work.Iteration: 3 });
        Assert.Equal([3, 2, 1], world.Checkpoints.Select(checkpoint => checkpoint.Version));
        world.Kill(2);
        world.Deliver(_ => world.Server.Phase is Placing);
        Assert.Equal(3, ((Placing)world.Server.Phase).Plan.Committed.Version);
        world.Fail(1, "block-1 is damaged");
        world.Deliver(_ => world.Server.Phase is Placing);
        Assert.Equal(2, ((Placing)world.Server.Phase).Plan.Committed.Version);
    }

    [Fact]
    public void A_checkpoint_of_a_higher_ballot_is_outranked_before_it_is_gone_back_to()
    {
        var world = new CoordinatorWorld(Plan, hasStore: true);
        world.Checkpoints.Add(new CheckpointManifest(
            "run", 2, new Ballot(7, new NodeId("server-0")), [], new ServerState(default, 2, [], 2, [], default, 2, [], Rulings.None)));
        world.With(3).Deliver(_ => world.Server.Phase is Placing);
        Assert.Equal((8, 2), (world.Server.Ballot.Counter, world.Server.Version));
    }

    [Fact]
    public void A_block_whose_holders_both_changed_comes_from_a_checkpoint()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Committed { Work.Iteration: 0, Stage: 2 });
        (world.Stage(1).Own, world.Stage(2).Copy) = (777, 778);
        world.Stage(1).Gradient = block => block == 1 && world.Stage(1).Own == 777 ? 9 : block;
        world.Deliver();
        Assert.Equal(RunStatus.Done, world.End!.Status);
        Assert.Equal(
            "all blocks from version 0, since block 1: neither stage 1 nor stage 2 still has the state of the last commit",
            Assert.Single(world.Events.OfType<RecoveryEnded>()).How);
    }

    [Fact]
    public void An_observer_that_can_keep_no_more_interrupts_the_run()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Committed { Work.Iteration: 0, Stage: 2 });
        world.ObserverStops = true;
        world.Deliver();
        Assert.Equal((RunStatus.Interrupted, 1L), (world.End!.Status, world.End.Iterations));
    }

    [Fact]
    public void An_interrupted_run_without_nodes_ends_after_a_moment()
    {
        var world = new CoordinatorWorld(Plan).With(0);
        world.Deliver();
        world.Tell(new Interrupt());
        Assert.Null(world.End);
        world.Fire<CoordinatorTimer.InterruptTimeout>(TimeSpan.FromSeconds(1));
        Assert.Equal("interrupted after iteration 0 of 3, while it waited for 1 more node to join", world.End!.Reason);
    }

    [Fact]
    public void A_run_that_waits_in_vain_for_room_is_declared_lost()
    {
        var world = new CoordinatorWorld(Plan).With(2);
        world.Deliver();
        world.Fire<CoordinatorTimer.CapacityTimeout>(Plan.Recovery.RoomTimeout);
        Assert.Equal((RunStatus.Failed, LossKind.Room), (world.End!.Status, world.End.Lost));
    }

    [Fact]
    public void A_run_whose_lost_block_cannot_be_built_again_declares_that_loss()
    {
        var world = new CoordinatorWorld(Plan).With(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(1);
        world.Kill(2);
        world.Join(5);
        world.Deliver(message => message is StageState { Version: 0 });
        world.Fail(0, "a file is gone");
        Assert.Equal((RunStatus.Failed, LossKind.Block), (world.End!.Status, world.End.Lost));
        Assert.EndsWith("a file is gone", world.End.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transfer_that_is_reported_twice_counts_once()
    {
        var world = new CoordinatorWorld(Plan).With(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(2);
        world.Deliver(message => message is BlockRestored);
        world.DeliverOne(isDuplicated: true);
        Assert.IsType<Restoring>(world.Server.Phase);
        world.Deliver();
        Assert.Equal(RunStatus.Done, world.End?.Status);
    }

    [Fact]
    public void A_lost_order_to_place_a_stage_is_repeated_after_a_roll_forward()
    {
        var world = new CoordinatorWorld(Plan).With(5);
        world.Loses = (order, stage) => order is Commit { Work.Iteration: 1, Ballot.Counter: 1 } && stage.Number != 2;
        world.Deliver(message => message is Committed { Work.Iteration: 1 });
        world.Kill(2);
        world.Deliver(_ => world.Server.Phase is RollingForward);
        world.Fire<CoordinatorTimer.AskAgain>(TimeSpan.FromSeconds(1));
        world.Deliver(_ => world.Server.Phase is Placing);
        world.LoseAll();
        world.Fire<CoordinatorTimer.AskAgain>(TimeSpan.FromSeconds(1));
        world.Deliver();
        Assert.Equal(RunStatus.Done, world.End?.Status);
    }

    [Fact]
    public void Holders_that_differed_stay_doubted_when_one_of_them_dies()
    {
        var world = new CoordinatorWorld(Plan, hasStore: true).With(5);
        world.Deliver(message => message is Prepared { Work.Iteration: 2 });
        world.Stage(1).Own = 777;
        var state = new ServerState(default, 1, [], 1, [], default, 1, [], Rulings.None);
        world.Checkpoints.Add(new CheckpointManifest("run", 1, new Ballot(50, new NodeId("server-0")), [], state));
        world.TakeOver();
        world.Deliver(_ => world.Server.Ballot.Counter > 50);
        world.Kill(3);
        world.Deliver(_ => world.Server.Phase is Training);
        Assert.DoesNotContain((UInt128)777, Assert.IsType<Training>(world.Server.Phase).Committed.Digests);
    }

    [Fact]
    public void A_run_that_was_given_up_stays_so_if_a_node_dies_then()
    {
        var isAttacked = true;
        var world = new CoordinatorWorld(Plan with { Defence = Plan.Defence with { Remedy = "restart", Attempts = 3 } })
        {
            Finds = (work, direction, stage) => isAttacked && direction == Direction.Forward && stage > 0
                ? [new Verdict(work.Iteration, work.Attempt, 0, 0, direction, stage - 1, stage, 1)]
                : [],
        };
        world.With(5).Deliver(_ => world.Server.Phase is CollectingState);
        isAttacked = false;
        world.Kill(2);
        world.Deliver();
        Assert.Equal(RunStatus.Failed, world.End!.Status);
        Assert.StartsWith("iteration 0 was given up after 3 attempts", world.End.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_a_step_ends_the_run_with_one_line()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Prepared);
        world.Tell(new HandlingFailed("the central server could not handle Prepared: out of luck"));
        Assert.Equal((RunStatus.Failed, "the central server could not handle Prepared: out of luck"), (world.End!.Status, world.End.Reason));
        Assert.Single(world.Events.OfType<IterationAbandoned>());
    }

    [Fact]
    public void Suspects_are_judged_as_the_set_of_a_complete_pass()
    {
        var world = new CoordinatorWorld(Plan with { Defence = Plan.Defence with { Remedy = "restart", Attempts = 3 } })
        {
            Finds = (work, direction, stage) => direction == Direction.Forward && stage > 0
                ? [new Verdict(work.Iteration, work.Attempt, 0, 0, direction, stage - 1, stage, 1)]
                : [],
        };
        world.With(3).Deliver();
        Assert.StartsWith("iteration 0 was given up after 3 attempts (defence.attempts); the last: ", world.End!.Reason, StringComparison.Ordinal);
        var abandoned = Assert.Single(world.Events.OfType<IterationAbandoned>());
        Assert.Equal((3, 6), (abandoned.Attempts, abandoned.Verdicts.Length));
    }

    private static Committed Committed(CoordinatorWorld world, int stage) =>
        new(world.Server.Phase.Work!.Value, stage, world.Stage(stage).Own!.Value, world.Stage(stage).Copy, null, null);
}
