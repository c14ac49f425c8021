using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What a simulation reports, compared with arithmetic by hand. A block takes a second forward and two backward.</summary>
public sealed partial class RunTimelineSpecs
{
    private const int ForwardAndBackward = 3;

    private static readonly Rig Small = new() { Layers = 4, Stages = 4, MicroBatches = 2, Iterations = 2, Tied = false, RetriesMax = 5 };
    private static readonly NetworkPlan Nothing = new("nothing", ["here"], new double[,] { { 0 } }, double.PositiveInfinity);

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 3)]
    [InlineData(2, 5)]
    public void Bubble_utilisation_and_throughput_of_equal_blocks_match_the_closed_form(int stages, int microBatches)
    {
        var rig = Small with { Stages = stages, MicroBatches = microBatches };
        var timeline = Simulate(rig);
        var iteration = Seconds((microBatches + stages - 1) * ForwardAndBackward);
        Assert.Equal(GPipe.Instance.BubbleFraction(stages, microBatches), timeline.Bubble!.Value, 12);
        Assert.Equal([iteration, iteration], timeline.IterationTimes);
        Assert.Equal((iteration, iteration, iteration), (timeline.Mean, timeline.Median, timeline.Worst));
        Assert.Equal(2 * iteration, timeline.Elapsed);
        Assert.All(timeline.Shares, stage => Assert.Equal(1 - GPipe.Instance.BubbleFraction(stages, microBatches), stage.Computed, 12));
        Assert.All(timeline.Stages, stage => Assert.Equal(new StageTime(Seconds(2 * microBatches * ForwardAndBackward), default, default), stage));
        Assert.Equal(rig.Plan.MicroBatches * rig.Plan.MicroBatchSize * rig.Plan.SequenceLength / iteration.TotalSeconds, timeline.TokensPerSecond!.Value, 9);
    }

    [Fact]
    public void Copy_time_is_reported_separately()
    {
        var timeline = Simulate(Small with { Remedy = "substitute", Copies = CopyPlacement.Ring });
        var computed = Seconds(2 * 2 * ForwardAndBackward);
        Assert.All(timeline.Stages, stage => Assert.Equal(new StageTime(computed, computed, default), stage));
    }

    /// <summary>Forward and back again, and the commit's round trip: four times half of 80 ms.</summary>
    [Fact]
    public void Latency_lengthens_an_iteration_by_its_critical_path()
    {
        var apart = new NetworkPlan("apart", ["here", "there"], new double[,] { { 0, 80 }, { 80, 0 } }, double.PositiveInfinity);
        var timeline = Simulate(Small with { Stages = 2, MicroBatches = 1 }, apart).Timeline;
        Assert.Equal(Seconds(2 * ForwardAndBackward + (4 * 0.04)), timeline.Worst);
        Assert.True(timeline.BytesMoved > 0);
    }

    /// <summary>Its M micro-batches set the pace, the others add their one; whatever that costs is lost to it, as long as it lasts.</summary>
    [Fact]
    public void A_straggler_is_busy_while_others_wait_and_is_charged_the_time()
    {
        var slow = new Slow { Target = Stage(1), At = new(0), Factor = 5, Lasts = TimeSpan.FromDays(1) };
        var (timeline, injections, truth, _) = Simulate(Small, Nothing, slow);
        var iteration = (3 + (2 * 5)) * ForwardAndBackward;
        Assert.Equal(Seconds(iteration), timeline.Mean);
        Assert.Equal(2.0 * 5 * ForwardAndBackward / iteration, timeline.Shares[1].Computed, 12);
        Assert.Equal(2.0 * ForwardAndBackward / iteration, timeline.Shares[0].Computed, 12);
        Assert.Equal([timeline.Elapsed - Simulate(Small).Elapsed], LostTime.Of(Simulate(Small), timeline, injections, truth));
    }

    /// <summary>
    /// Stage 2 dies as it reaches its second micro-batch, in second 3, or half a second later. Others know after 0.1 s, but stage 3,
    /// which computes its first micro-batch, learns of it in second 4, when the retry begins, on three machines.
    /// </summary>
    [Theory]
    [InlineData(null, 1)]
    [InlineData(3.5, 1.5)]
    public void A_crash_costs_the_lost_work_and_the_time_until_the_retry(double? after, double lostByItself)
    {
        var crash = new Crash
        {
            Target = Stage(2),
            At = after is null ? new(0, IterationPhase.Forward, 1) : null,
            After = after is { } seconds ? Seconds(seconds) : null,
        };
        var (timeline, injections, truth, _) = Simulate(Small, Nothing, crash);
        Assert.Equal(new Injection(Seconds(after ?? 3), crash, "node-3", 2), Assert.Single(injections));
        Assert.Equal([Seconds(4)], LostTime.Of(Simulate(Small), timeline, injections, truth));
        Assert.Equal([Seconds(2), Seconds(2), Seconds(lostByItself), Seconds(1)], timeline.Stages.Select(stage => stage.Lost));
        Assert.All(timeline.Stages, stage => Assert.Equal(Seconds(2 * 2 * ForwardAndBackward), stage.Own));
    }

    [Fact]
    public void A_hang_costs_its_duration()
    {
        var hang = new Hang { Target = Stage(0), At = new(1), Lasts = Seconds(7) };
        var (timeline, injections, truth, _) = Simulate(Small, Nothing, hang);
        Assert.Equal([Seconds(7)], LostTime.Of(Simulate(Small), timeline, injections, truth));
        Assert.Equal(TimeSpan.Zero, timeline.Computed.Lost);
    }

    [Fact]
    public void A_run_that_falls_back_reaches_each_version_once()
    {
        var (clock, now) = (new TimelineRecorder(), 0);
        clock.Begin(() => Seconds(now));
        clock.Observe(new RunStarted([]));
        foreach (var iteration in (long[])[0, 1, 0, 1, 2])
        {
            now += 10;
            clock.Observe(FakePipeline.Committed(iteration, 1, TimeSpan.Zero));
        }

        Assert.Equal([Seconds(0), Seconds(10), Seconds(20), Seconds(50)], clock.Reached);
    }

    [Fact]
    public void A_fall_back_s_version_is_reported()
    {
        var clock = new TimelineRecorder();
        clock.Observe(new RunStarted([]));
        foreach (var iteration in (long[])[0, 1, 2]) clock.Observe(FakePipeline.Committed(iteration, 1, TimeSpan.Zero));
        foreach (var version in (long[])[3, 1, 1]) clock.Observe(new RecoveryEnded(version, "", [], TimeSpan.Zero));
        clock.Observe(FakePipeline.Committed(1, 1, TimeSpan.Zero));
        clock.Observe(new RunStarted([]));
        Assert.Equal([null, 1L, null, 0L], clock.Recoveries.Select(recovery => recovery.FellBackTo));
    }

    /// <summary>Stage 2 dies in second 3, which is known 0.1 s later; stage 3 computes until second 4, and then the rest is a matter of no time.</summary>
    [Fact]
    public void A_failure_counts_from_the_server_s_knowledge_of_it()
    {
        var clock = Simulate(Small, Nothing, new Crash { Target = Stage(2), At = new(0, IterationPhase.Forward, 1) }).Clock;
        Assert.Equal(
            new Recovery(Seconds(3.1), "node-3 was lost with stage 2: its process ended", false, Seconds(0.9)), Assert.Single(clock.Recoveries));
    }

    /// <summary>The new server was given nothing, whatever its predecessor had reported.</summary>
    [Fact]
    public void A_server_s_death_is_reported_as_a_new_server()
    {
        var server = new Crash { Target = new(TargetKind.Server), After = Seconds(3.5) };
        var crash = new Crash { Target = Stage(2), After = Seconds(3.2) };
        var clock = Simulate(Small with { Remedy = "substitute", Copies = CopyPlacement.Ring }, Nothing, crash, server).Clock;
        var mended = Assert.Single(clock.Recoveries);
        Assert.Equal((Seconds(4.4), "another server began"), (mended.At, mended.Reason));
    }

    [Fact]
    public void A_machine_computes_its_stages_one_after_the_other()
    {
        var (iteration, alone) = (Small.Stages * Small.MicroBatches * ForwardAndBackward, Simulate(Small, Nothing, RunStatus.Done, 1));
        Assert.Equal([Seconds(iteration), Seconds(iteration)], alone.Timeline.IterationTimes);
        Assert.Equal(1, alone.Timeline.Shares.Sum(stage => stage.Computed), 12);
    }

    /// <summary>Half an attempt was computed after the last commit.</summary>
    [Fact]
    public void Work_after_the_last_commit_is_not_part_of_the_bubble()
    {
        var calm = Simulate(Small);
        var lost = Small with { RetriesMax = 0 };
        var memory = new OutOfMemory { Target = Stage(0), At = new(1, IterationPhase.Prepared) };
        var timeline = Simulate(lost, Nothing, RunStatus.Failed, lost.Stages, memory).Timeline;
        Assert.Equal((1, calm.Bubble!.Value), (timeline.Iterations, Math.Round(timeline.Bubble!.Value, 12)));
        Assert.True(timeline.Computed.Lost > TimeSpan.Zero);
    }

    [Fact]
    public void A_failure_during_a_recovery_is_reported_with_it()
    {
        var (first, second) = (new Crash { Target = Stage(0), After = Seconds(3.2) }, new Crash { Target = Stage(2), After = Seconds(3.4) });
        var clock = Simulate(Small, Nothing, first, second).Clock;
        Assert.Equal(
            "node-1 was lost with stage 0: its process ended; then node-3 was lost with stage 2: its process ended",
            Assert.Single(clock.Recoveries).Reason);
    }

    [Fact]
    public void A_move_is_reported_apart_from_failures()
    {
        Failure[] comeAndGo =
        [
            new Leave { Target = Stage(1), At = new(0), Notice = TimeSpan.FromDays(1) },
            new Join { At = new(0, IterationPhase.Backward) },
        ];
        var clock = Simulate(Small, Nothing, comeAndGo).Clock;
        var move = Assert.Single(clock.Recoveries);
        Assert.Equal((true, "stage 1 moves from node-2 to node-5", TimeSpan.Zero), (move.IsMove, move.Reason, move.Took));
    }

    [Fact]
    public void A_server_that_finds_no_stage_left_is_reported_as_well()
    {
        var (clock, now) = (new TimelineRecorder(), 0);
        clock.Begin(() => Seconds(now));
        clock.Observe(new RunStarted([]) { Took = Seconds(0) });
        now = 20;
        clock.Observe(new RunStarted([]) { Took = Seconds(3) });
        Assert.Equal(
            new Recovery(Seconds(17), "another server began, and not every block had a holder left", false, Seconds(3)), Assert.Single(clock.Recoveries));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Target Stage(int stage) => new(TargetKind.Stage, stage);

    private static RunTimeline Simulate(Rig rig) => Simulate(rig, Nothing).Timeline;

    private static Simulated Simulate(Rig rig, NetworkPlan network, params Failure[] failures) =>
        Simulate(rig, network, RunStatus.Done, rig.Stages, failures);

    private static Simulated Simulate(Rig rig, NetworkPlan network, RunStatus status, int nodes, params Failure[] failures)
    {
        var clock = new TimelineRecorder();
        using var end = new SimulationSetup
        {
            Plan = rig.Plan with { LosesMessages = true },
            Weights = rig.Weights,
            Data = rig.Data,
            Adversary = rig.Adversary(),
            Scenario = new Scenario("test", failures),
            Network = network,
            Nodes = nodes,
            Room = rig.Stages,
            FlopsPerSecond = 1,
            Meter = clock.Meter,
            Cost = new ComputeCost(Enumerable.Repeat(Seconds(1), rig.Stages)),
        }.Run(clock, machines => clock.Begin(() => machines.Now));
        Assert.True(end.End.Outcome?.Status == status, end.End.Outcome?.Reason);
        return new Simulated(RunTimeline.Of(rig.Plan, end, clock), end.Injector.Injections, end.Truth, clock);
    }

    private sealed record Simulated(RunTimeline Timeline, IReadOnlyList<Injection> Injections, GroundTruth Truth, TimelineRecorder Clock);
}
