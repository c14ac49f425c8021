using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>After any failure that leaves each block a holder, the final weights and moments are those of the undisturbed run.</summary>
public sealed class RecoverySpecs
{
    private static readonly Rig Ringed = new()
    {
        Layers = 4,
        Stages = 4,
        MicroBatches = 2,
        Remedy = "substitute",
        Copies = CopyPlacement.Ring,
        Forward = [Rig.Flip with { Rate = 0.5 }],
        RetriesMax = 5,
        EvaluateEvery = 2,
    };

    public static TheoryData<Instant, int> Instants
    {
        get
        {
            var all = new TheoryData<Instant, int>();
            foreach (var instant in Enum.GetValues<Instant>())
            {
                for (var stage = 0; stage < Ringed.Stages; stage++) all.Add(instant, stage);
            }

            return all;
        }
    }

    [Theory, MemberData(nameof(Instants))]
    public void A_node_may_die_at_any_instant(Instant instant, int stage)
    {
        foreach (var interleaving in new ulong[] { 1, 2, 3 })
        {
            var run = Disturbed(Ringed, interleaving, At(instant, stage), run => run.Kill(Node(stage)));
            ExpectUndisturbed(Ringed, run);
            var recovery = Assert.Single(run.Events.OfType<RecoveryEnded>());
            Assert.Contains("block", recovery.How, StringComparison.Ordinal);
            Assert.InRange(recovery.Version, 1, 2);
        }
    }

    [Theory, MemberData(nameof(Instants))]
    public void The_server_may_die_at_any_instant(Instant instant, int stage)
    {
        foreach (var interleaving in new ulong[] { 1, 2, 3 })
        {
            var run = Disturbed(Ringed, interleaving, At(instant, stage), run =>
            {
                run.KillServer();
                run.Serve();
            });
            ExpectUndisturbed(Ringed, run);
            Assert.Equal([0, 1, 2], run.Committed.Select(c => c.Iteration).Distinct());
        }
    }

    [Theory, MemberData(nameof(Instants))]
    public void Server_and_node_may_die_together(Instant instant, int stage)
    {
        var run = Disturbed(Ringed, 5, At(instant, stage), run =>
        {
            run.KillServer();
            run.Kill(Node(stage));
            run.Serve();
        });
        ExpectUndisturbed(Ringed, run);
    }

    [Fact]
    public void Two_nodes_that_are_no_ring_neighbours_cost_only_the_current_iteration()
    {
        var run = Disturbed(Ringed, 1, At(Instant.Backward, 0, iteration: 2), run =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-1" or "node-3").ToArray()) run.Kill(node);
        });
        ExpectUndisturbed(Ringed, run);
        Assert.Equal(2, run.Events.OfType<RecoveryEnded>().Last().Version);
    }

    [Fact]
    public void Two_ring_neighbours_lost_at_once_send_all_back_to_version_0()
    {
        var run = Disturbed(Ringed, 1, At(Instant.Backward, 0, iteration: 2), run =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-2" or "node-3").ToArray()) run.Kill(node);
        });
        ExpectUndisturbed(Ringed, run);
        var recovery = run.Events.OfType<RecoveryEnded>().Last();
        Assert.Equal((0, "all blocks from version 0, since block 1 was lost with every holder"), (recovery.Version, recovery.How));
    }

    [Fact]
    public void A_loss_without_copies_sends_all_back_to_version_0()
    {
        var rig = new Rig { RetriesMax = 5 };
        var run = Disturbed(rig, 1, At(Instant.Backward, 1, iteration: 2), run => run.Kill(Node(1)));
        ExpectUndisturbed(rig, run);
        Assert.Equal(0, run.Events.OfType<RecoveryEnded>().Last().Version);
    }

    [Fact]
    public void A_joining_node_takes_stages_from_one_with_more_than_its_share()
    {
        var run = Disturbed(Ringed with { Iterations = 5 }, 1, At(Instant.Forward, 2), run =>
        {
            run.Kill(Node(2));
            run.Join();
        });
        ExpectUndisturbed(Ringed with { Iterations = 5 }, run);
        Assert.Equal(
            ["node-1", "node-2", "node-4", "node-5"],
            run.Events.OfType<RecoveryEnded>().Last().Placement.Select(n => n.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>A holder's state is no longer what it stepped to: a state query counts it as lost, and the other holder's is used.</summary>
    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void A_block_corrupted_between_steps_comes_from_its_other_holder(int holder, int block)
    {
        foreach (var instant in new[] { Instant.Forward, Instant.Backward })
        {
            var changed = Faults.At(0, holder).Block(block).Once.Scale(1.5);
            var run = Disturbed(Ringed, 1, At(instant, 0), run => run.Kill(Node(0)), changed);
            ExpectUndisturbed(Ringed, run);
            Assert.Contains($"block {block} on node-{holder + 1}", run.Events.OfType<RecoveryEnded>().Single().How, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stage_that_throws_once_is_rebuilt_from_its_copy()
    {
        var rig = Ringed with { Forward = [] };
        foreach (var run in new[]
        {
            (rig with { Behaviour = Faults.At(1, 2).Backward.Once.Throw() }).Run(),
            (rig with { Behaviour = Faults.At(1, 2).Backward.Once.Throw() }).Simulate(3),
        })
        {
            ExpectUndisturbed(rig, run);
            Assert.Single(run.Events.OfType<RecoveryBegan>());
        }
    }

    [Fact]
    public void A_failure_in_every_retry_ends_the_run_and_is_named()
    {
        var rig = new Rig { RetriesMax = 3, Behaviour = Faults.At(1, 2).Throw() };
        var run = rig.Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.StartsWith("iteration 1 was given up after 3 retries (recovery.retries); the last: stage 2 on node-1:", run.Reason, StringComparison.Ordinal);
    }

    private static void ExpectUndisturbed(Rig rig, Ended run)
    {
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        var undisturbed = rig with { Behaviour = null };
        Assert.Equal((undisturbed.PlainLoop().Hash, undisturbed.PlainLoop().Loss), (run.Hash, run.Loss));
        Assert.Empty(run.Events.OfType<IterationAbandoned>());
        // Events that were reported again were the same.
        foreach (var again in run.Committed.GroupBy(c => c.Iteration))
        {
            Assert.Single(again.Select(c => (c.Loss, c.GradientNorm, c.Attempts, string.Join(',', c.Verdicts))).Distinct());
        }
    }

    private static Ended Disturbed(Rig rig, ulong interleaving, FaultPoint at, Action<RunSystem> strike, Fault? another = null)
    {
        var (adversary, log) = (rig.Adversary(), new EventLog());
        RunSystem? system = null;
        var fault = at.Once.Do(() => strike(system!)).With(another?.With(adversary) ?? (IStageBehaviour)adversary);
        var outcome = SimulatedRun.Run(
            interleaving, rig.Spec(new RunPorts { Behaviour = fault }), log, nodes: rig.Stages, room: rig.Stages,
            (run, _) => system = run);
        Assert.True(fault.Happened);
        Assert.NotNull(outcome);
        return Ended.Of(outcome, log, adversary);
    }

    private static FaultPoint At(Instant instant, int stage, long iteration = 1)
    {
        var at = Faults.At(iteration, stage);
        return instant switch
        {
            Instant.Forward => at.Forward.MicroBatch(1),
            Instant.Backward => at.Backward.MicroBatch(1),
            Instant.Prepared => at.In(FaultMoment.Prepared),
            _ => at.AfterCommit,
        };
    }

    // The node where a stage is placed at first.
    private static NodeId Node(int stage) => new($"node-{stage + 1}");

    /// <summary>When in an iteration the fault happens.</summary>
    public enum Instant
    {
        Forward,
        Backward,
        Prepared,
        Committed,
    }
}
