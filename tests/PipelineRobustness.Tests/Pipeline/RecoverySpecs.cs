using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Whatever breaks that has another holder: the final weights and moments are those of the undisturbed run.</summary>
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
            var run = Disturbed(Ringed, interleaving, new Striking(instant, 1, stage, (run, node) => run.Kill(node)));
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
            var run = Disturbed(Ringed, interleaving, new Striking(instant, 1, stage, (run, _) =>
            {
                run.KillServer();
                run.Serve();
            }));
            ExpectUndisturbed(Ringed, run);
            Assert.Equal([0, 1, 2], run.Committed.Select(c => c.Iteration).Distinct());
        }
    }

    [Theory, MemberData(nameof(Instants))]
    public void Server_and_node_may_die_together(Instant instant, int stage)
    {
        var run = Disturbed(Ringed, 5, new Striking(instant, 1, stage, (run, node) =>
        {
            run.KillServer();
            run.Kill(node);
            run.Serve();
        }));
        ExpectUndisturbed(Ringed, run);
    }

    [Fact]
    public void Two_nodes_that_are_no_ring_neighbours_cost_only_the_current_iteration()
    {
        var run = Disturbed(Ringed, 1, new Striking(Instant.Backward, 2, 0, (run, _) =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-1" or "node-3").ToArray()) run.Kill(node);
        }));
        ExpectUndisturbed(Ringed, run);
        Assert.Equal(2, run.Events.OfType<RecoveryEnded>().Last().Version);
    }

    [Fact]
    public void Two_ring_neighbours_lost_at_once_send_all_back_to_version_0()
    {
        var run = Disturbed(Ringed, 1, new Striking(Instant.Backward, 2, 0, (run, _) =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-2" or "node-3").ToArray()) run.Kill(node);
        }));
        ExpectUndisturbed(Ringed, run);
        var recovery = run.Events.OfType<RecoveryEnded>().Last();
        Assert.Equal((0, "all blocks from version 0, since block 1 was lost with every holder"), (recovery.Version, recovery.How));
    }

    [Fact]
    public void A_loss_without_copies_sends_all_back_to_version_0()
    {
        var rig = new Rig { RetriesMax = 5 };
        var run = Disturbed(rig, 1, new Striking(Instant.Backward, 2, 1, (run, node) => run.Kill(node)));
        ExpectUndisturbed(rig, run);
        Assert.Equal(0, run.Events.OfType<RecoveryEnded>().Last().Version);
    }

    [Fact]
    public void A_joining_node_takes_stages_from_one_with_more_than_its_share()
    {
        var run = Disturbed(Ringed with { Iterations = 5 }, 1, new Striking(Instant.Forward, 1, 2, (run, node) =>
        {
            run.Kill(node);
            run.Join();
        }));
        ExpectUndisturbed(Ringed with { Iterations = 5 }, run);
        Assert.Equal(
            ["node-1", "node-2", "node-4", "node-5"],
            run.Events.OfType<RecoveryEnded>().Last().Placement.Select(n => n.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>What a holder has is no longer what it stepped to: at a roll call it counts as lost, and the other holder's is the right one.</summary>
    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void A_block_corrupted_between_steps_comes_from_its_other_holder(int holder, int block)
    {
        foreach (var instant in new[] { Instant.Forward, Instant.Backward })
        {
            var striking = new Striking(instant, 1, 0, (run, node) => run.Kill(node)) { Changed = (holder, block) };
            var run = Disturbed(Ringed, 1, striking);
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
            (rig with { Behaviour = new ThrowingOnce() }).Run(), (rig with { Behaviour = new ThrowingOnce() }).Simulate(3),
        })
        {
            ExpectUndisturbed(rig, run);
            Assert.Single(run.Events.OfType<RecoveryBegan>());
        }
    }

    [Fact]
    public void A_failure_in_every_replay_ends_the_run_and_is_named()
    {
        var rig = new Rig { RetriesMax = 3, Behaviour = new ThrowingAlways() };
        var run = rig.Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.StartsWith("iteration 1 was given up after 3 replays (recovery.retries); the last: stage 2 on node-1:", run.Reason, StringComparison.Ordinal);
    }

    private static void ExpectUndisturbed(Rig rig, Ended run)
    {
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        var undisturbed = rig with { Behaviour = null };
        Assert.Equal((undisturbed.PlainLoop().Hash, undisturbed.PlainLoop().Loss), (run.Hash, run.Loss));
        Assert.Empty(run.Events.OfType<IterationAbandoned>());
        // What was told again was the same.
        foreach (var again in run.Committed.GroupBy(c => c.Iteration))
        {
            Assert.Single(again.Select(c => (c.Loss, c.GradientNorm, c.Attempts, string.Join(',', c.Verdicts))).Distinct());
        }
    }

    private static Ended Disturbed(Rig rig, ulong interleaving, Striking striking)
    {
        var (adversary, log) = (rig.Adversary(), new EventLog());
        striking.Lies = adversary;
        var ports = new RunPorts { Behaviour = striking };
        var outcome = SimulatedRun.Run(
            interleaving, new RunMaterial(rig.Plan, rig.Weights, rig.Data, ports), log, nodes: rig.Stages, room: rig.Stages,
            (run, _) => striking.Run = run);
        Assert.True(striking.Struck);
        Assert.NotNull(outcome);
        return Ended.Of(outcome, log, adversary);
    }

    /// <summary>When in an iteration it strikes.</summary>
    public enum Instant
    {
        Forward,
        Backward,
        Prepared,
        Committed,
    }

    // Strikes once, on the stage's own thread, at an instant of an iteration.
    private sealed class Striking(Instant instant, long at, int stage, Action<RunSystem, NodeId> strike) : IStageBehaviour
    {
        public RunSystem? Run { get; set; }

        public IStageBehaviour Lies { get; set; } = HonestBehaviour.Instance;

        public bool Struck { get; private set; }

        /// <summary>The holder whose weights of a block change right before the iteration, once.</summary>
        public (int Holder, int Block)? Changed { get; set; }

        public TorchSharp.torch.Tensor Send(SendContext context, TorchSharp.torch.Tensor honest) => Lies.Send(context, honest);

        public string Note(long iteration, int attempt, int stage) => Lies.Note(iteration, attempt, stage);

        public void BeforeWork(WorkContext context)
        {
            if (context.MicroBatch == 1) At(context.Direction == Direction.Forward ? Instant.Forward : Instant.Backward, context.Iteration, context.Stage);
        }

        public void BeforePrepared(long iteration, int stage) => At(Instant.Prepared, iteration, stage);

        public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<TorchSharp.torch.Tensor> state)
        {
            At(Instant.Committed, iteration - 1, stage);
            if (iteration != at || Changed != (stage, block)) return;
            Changed = null;
            using var still = TorchSharp.torch.no_grad();
            state[0].mul_(1.5);
        }

        private void At(Instant now, long iteration, int here)
        {
            if (Struck || now != instant || iteration != at || here != stage) return;
            Struck = true;
            strike(Run!, new NodeId($"node-{stage + 1}"));
        }
    }

    private sealed class ThrowingOnce : IStageBehaviour
    {
        private bool _thrown;

        public void BeforeWork(WorkContext context)
        {
            if (_thrown || context is not { Iteration: 1, Stage: 2, Direction: Direction.Backward }) return;
            _thrown = true;
            throw new InvalidOperationException("out of memory");
        }
    }

    private sealed class ThrowingAlways : IStageBehaviour
    {
        public void BeforeWork(WorkContext context)
        {
            if (context is { Iteration: 1, Stage: 2 }) throw new InvalidOperationException("out of memory");
        }
    }
}
