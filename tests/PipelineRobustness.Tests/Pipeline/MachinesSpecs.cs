using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Simulated machines: busy for a time, with a network between them, and nothing left behind.</summary>
public sealed class MachinesSpecs
{
    private static readonly Rig Small = new() { Layers = 4, Stages = 4, MicroBatches = 2, RetriesMax = 5 };

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Virtual_time_and_latency_change_no_bit_and_leave_no_tensor(bool costs, bool network)
    {
        var before = LiveTensors.Count;
        var (elapsed, hash) = Simulate(Small, costs ? 1e7 : 0, network ? NetworkPlan.World : null);
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
        Assert.Equal(Small.PlainLoop().Hash, hash);
        Assert.Equal(costs || network, elapsed > TimeSpan.Zero);
    }

    /// <summary>GPipe (Huang et al. 2019): M micro-batches through K stages, and back, take M + K - 1 steps each; the bubble is (K-1)/(M+K-1).</summary>
    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 3)]
    [InlineData(2, 5)]
    public void An_iteration_takes_the_time_of_the_closed_form(int stages, int microBatches)
    {
        var rig = Small with { Stages = stages, MicroBatches = microBatches, Iterations = 2 };
        var (forward, backward) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        var (elapsed, _) = Simulate(rig, new ComputeCost(Enumerable.Repeat(forward, stages)), null);
        Assert.Equal(2 * (microBatches + stages - 1) * (forward + backward), elapsed);
        var bubble = 1 - (microBatches * (forward + backward) / (elapsed / 2));
        Assert.Equal(GPipe.Instance.BubbleFraction(stages, microBatches), bubble, 9);
    }

    /// <summary>A stage that is s times as slow: its M micro-batches set the pace, the others add their one.</summary>
    [Fact]
    public void A_straggler_sets_the_pace()
    {
        var rig = Small with { Stages = 4, MicroBatches = 3, Iterations = 1 };
        var slow = new Slow
        {
            Target = new(TargetKind.Stage, 1),
            At = new(0),
            Factor = 5,
            Lasts = TimeSpan.FromDays(1),
        };
        var (elapsed, _) = Simulate(rig, new ComputeCost(Enumerable.Repeat(TimeSpan.FromSeconds(1), 4)), null, slow);
        Assert.Equal(TimeSpan.FromSeconds((3 + (3 * 5)) * (1 + 2)), elapsed);
    }

    /// <summary>
    /// A stage that computes may have reported earlier that it waits, and will not again for long: nothing was lost, and nothing
    /// may be repeated, however long the server receives nothing.
    /// </summary>
    [Theory]
    [InlineData(4, 2, 9)]
    [InlineData(8, 3, 4)]
    public void An_iteration_may_take_longer_than_the_message_timeout(int stages, int microBatches, int seconds)
    {
        var rig = Small with { Layers = stages, Stages = stages, MicroBatches = microBatches, Iterations = 2, RetriesMax = 0 };
        var forward = TimeSpan.FromSeconds(seconds);
        var plan = rig.Plan with { LosesMessages = true, Recovery = new RecoverySettings { Retries = 0, RetryAfter = TimeSpan.FromSeconds(20) } };
        var (elapsed, _) = Simulate(rig, plan, new ComputeCost(Enumerable.Repeat(forward, stages)), null);
        Assert.Equal(2 * (microBatches + stages - 1) * 3 * forward, elapsed);
    }

    [Fact]
    public void A_transfer_takes_latency_plus_size_over_bandwidth_in_turn()
    {
        var plan = new NetworkPlan("test", ["here", "there"], new double[,] { { 0, 80 }, { 80, 0 } }, 1000);
        var network = new VirtualNetwork(plan, 1, () => TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(0.04 + 0.5), network.Transfer("node-1", "node-2", 500));
        Assert.Equal(new Delivery(1, TimeSpan.FromSeconds(0.54)), network.Carry("node-1", "node-2", 500));
        Assert.Equal(new Delivery(1, TimeSpan.FromSeconds(1.04)), network.Carry("node-1", "node-2", 500));
        Assert.Equal(new Delivery(1, TimeSpan.FromSeconds(0.5)), network.Carry("node-1", "node-3", 500));
        Assert.Equal(1500, network.BytesMoved);
        network.Cut("node-2");
        Assert.Equal(0, network.Carry("node-1", "node-2", 500).Times);
        network.Heal("node-2");
        network.Duplicate("node-2", 1);
        Assert.Equal(2, network.Carry("node-2", "node-1", 0).Times);
        Assert.Equal(1, network.Carry("node-2", "node-1", 0).Times);
    }

    [Fact]
    public void Messages_are_reordered_and_a_paused_machine_neither_hears_nor_sends()
    {
        var plan = new NetworkPlan("test", ["here"], new double[,] { { 0 } }, 1000);
        var network = new VirtualNetwork(plan, 1, () => TimeSpan.Zero);
        network.Reorder("node-1", 3, TimeSpan.FromSeconds(3));
        Assert.Equal([3.0, 2.0, 1.0, 0.0], Enumerable.Range(0, 4).Select(_ => network.Carry("node-1", "node-2", 0).After.TotalSeconds));
        network.Stop("server-1", TimeSpan.FromSeconds(7));
        Assert.Equal(new Delivery(1, TimeSpan.FromSeconds(7)), network.Carry("node-1", "server-1", 0));
        Assert.Equal(new Delivery(1, TimeSpan.FromSeconds(7)), network.Carry("server-1", "node-2", 0));
        Assert.Equal(new Delivery(1, TimeSpan.Zero), network.Carry("node-1", "node-2", 0));
    }

    private static (TimeSpan Elapsed, string Hash) Simulate(Rig rig, double flops, NetworkPlan? plan) =>
        Simulate(rig, flops > 0 ? new ComputeCost(rig.Model, rig.Stages, rig.MicroBatchSize, 8, flops) : null, plan);

    private static (TimeSpan Elapsed, string Hash) Simulate(Rig rig, ComputeCost? cost, NetworkPlan? plan, params Failure[] failures) =>
        Simulate(rig, rig.Plan, cost, plan, failures);

    private static (TimeSpan Elapsed, string Hash) Simulate(Rig rig, RunPlan run, ComputeCost? cost, NetworkPlan? plan, params Failure[] failures)
    {
        using var end = new MachineRun { Spec = rig.Spec(new RunPorts()) with { Plan = run }, Cost = cost, Network = plan, Failures = failures }.Simulate();
        Assert.Equal(RunStatus.Done, end.Outcome?.Status);
        return (end.Elapsed, Fingerprint.State(end.Outcome!.FinalState.SelectMany(b => b.Parameters), end.Outcome.Iterations));
    }
}
