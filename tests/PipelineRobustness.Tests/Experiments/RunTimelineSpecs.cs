using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What a simulation reports, beside what can be worked out by hand. A block takes a second forward and two backward.</summary>
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
        var course = Simulate(rig);
        var iteration = Seconds((microBatches + stages - 1) * ForwardAndBackward);
        Assert.Equal(GPipe.BubbleFraction(stages, microBatches), course.Bubble!.Value, 12);
        Assert.Equal([iteration, iteration], course.IterationTimes);
        Assert.Equal((iteration, iteration, iteration), (course.Mean, course.Median, course.Worst));
        Assert.Equal(2 * iteration, course.Elapsed);
        Assert.All(course.Shares, stage => Assert.Equal(1 - GPipe.BubbleFraction(stages, microBatches), stage.Computed, 12));
        Assert.All(course.Stages, stage => Assert.Equal(new StageTime(Seconds(2 * microBatches * ForwardAndBackward), default, default), stage));
        Assert.Equal(rig.Plan.MicroBatches * rig.Plan.MicroBatchSize * rig.Plan.SequenceLength / iteration.TotalSeconds, course.TokensPerSecond!.Value, 9);
    }

    [Fact]
    public void Copy_time_is_reported_separately()
    {
        var course = Simulate(Small with { Remedy = "substitute", Copies = CopyPlacement.Ring });
        var computed = Seconds(2 * 2 * ForwardAndBackward);
        Assert.All(course.Stages, stage => Assert.Equal(new StageTime(computed, computed, default), stage));
    }

    /// <summary>Forward and back again, and the commit's round trip: four times half of 80 ms.</summary>
    [Fact]
    public void Latency_lengthens_an_iteration_by_its_critical_path()
    {
        var apart = new NetworkPlan("apart", ["here", "there"], new double[,] { { 0, 80 }, { 80, 0 } }, double.PositiveInfinity);
        var course = Simulate(Small with { Stages = 2, MicroBatches = 1 }, apart).Course;
        Assert.Equal(Seconds(2 * ForwardAndBackward + (4 * 0.04)), course.Worst);
        Assert.True(course.BytesMoved > 0);
    }

    /// <summary>Its M micro-batches set the pace, the others add their one; whatever that costs is lost to it, as long as it lasts.</summary>
    [Fact]
    public void A_straggler_is_busy_while_others_wait_and_is_charged_the_time()
    {
        var slow = Failure(FailureKind.Slow, 1) with { At = new(0), Factor = 5, Lasts = TimeSpan.FromDays(1) };
        var (course, strikes, fate, _) = Simulate(Small, Nothing, slow);
        var iteration = (3 + (2 * 5)) * ForwardAndBackward;
        Assert.Equal(Seconds(iteration), course.Mean);
        Assert.Equal(2.0 * 5 * ForwardAndBackward / iteration, course.Shares[1].Computed, 12);
        Assert.Equal(2.0 * ForwardAndBackward / iteration, course.Shares[0].Computed, 12);
        Assert.Equal([course.Elapsed - Simulate(Small).Elapsed], LostTime.Of(Simulate(Small), course, strikes, fate));
    }

    /// <summary>
    /// Stage 2 dies as it comes to its second micro-batch, in second 3, or half a second later. Others know after 0.1 s, but stage 3,
    /// which works its first micro-batch, hears of it in second 4: there the replay begins, on three machines.
    /// </summary>
    [Theory]
    [InlineData(null, 1)]
    [InlineData(3.5, 1.5)]
    public void A_crash_costs_the_lost_work_and_the_time_until_the_replay(double? after, double lostByItself)
    {
        var crash = Failure(FailureKind.Crash, 2) with
        {
            At = after is null ? new(0, Phase.Forward, 1) : null,
            After = after is { } seconds ? Seconds(seconds) : null,
        };
        var (course, strikes, fate, _) = Simulate(Small, Nothing, crash);
        Assert.Equal(new Strike(Seconds(after ?? 3), crash, "node-3", 2), Assert.Single(strikes));
        Assert.Equal([Seconds(4)], LostTime.Of(Simulate(Small), course, strikes, fate));
        Assert.Equal([Seconds(2), Seconds(2), Seconds(lostByItself), Seconds(1)], course.Stages.Select(stage => stage.Lost));
        Assert.All(course.Stages, stage => Assert.Equal(Seconds(2 * 2 * ForwardAndBackward), stage.Own));
    }

    [Fact]
    public void A_hang_costs_its_duration()
    {
        var hang = Failure(FailureKind.Hang, 0) with { At = new(1), Lasts = Seconds(7) };
        var (course, strikes, fate, _) = Simulate(Small, Nothing, hang);
        Assert.Equal([Seconds(7)], LostTime.Of(Simulate(Small), course, strikes, fate));
        Assert.Equal(TimeSpan.Zero, course.Computed.Lost);
    }

    /// <summary>Undisturbed an iteration takes 10 s. In the second one, which takes 25, something strikes 2 s and 8 s after its beginning.</summary>
    [Fact]
    public void Faults_in_one_iteration_share_its_whole_cost()
    {
        var (calm, played) = (Told(30, 0, 10, 20, 30), Told(50, 0, 10, 35, 50));
        Strike[] strikes = [Strike(12), Strike(18)];
        // The third takes 5 s too long, and nothing struck there: what struck last may have lasted.
        Assert.Equal([Seconds(15 - 7), Seconds(35 - 18 - 10 + 5)], LostTime.Of(calm, played, strikes, Placed("node-1")));
        Assert.Equal([1L, 1L], strikes.Select(s => LostTime.Iteration(played, s.At, played.Iterations)));
    }

    /// <summary>The first befalls a machine that works nothing, the last one comes and disturbs nobody.</summary>
    [Fact]
    public void A_fault_that_interrupts_nothing_is_charged_nothing()
    {
        Strike[] strikes = [Strike(11) with { Machine = "node-2" }, Strike(12), Strike(18) with { Failure = new() { Kind = FailureKind.Join } }];
        var (calm, played) = (Told(30, 0, 10, 20, 30), Told(45, 0, 10, 35, 45));
        Assert.Equal([Seconds(0), Seconds(15), Seconds(0)], LostTime.Of(calm, played, strikes, Placed("node-1")));
        Assert.Equal([Seconds(15)], LostTime.Of(calm, played, [strikes[2]], Placed("node-1")));
    }

    /// <summary>What arrives twice, beside them, costs nothing.</summary>
    [Fact]
    public void Faults_at_one_instant_share_the_cost_equally()
    {
        var twice = Strike(12) with { Failure = Failure(FailureKind.Duplicate, 0) };
        Strike[] strikes = [Strike(12), Strike(12), twice, Strike(18), Strike(18)];
        var (calm, played) = (Told(30, 0, 10, 20, 30), Told(45, 0, 10, 35, 45));
        Assert.Equal([Seconds(4), Seconds(4), Seconds(0), Seconds(3.5), Seconds(3.5)], LostTime.Of(calm, played, strikes, Placed("node-1")));
    }

    [Fact]
    public void A_run_that_fails_loses_the_time_since_its_last_commit() =>
        Assert.Equal([Seconds(15 - 10 + 99 - 15)], LostTime.Of(Told(30, 0, 10, 20, 30), Told(99, 0, 15), [Strike(3)], Placed("node-1")));

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
        var clock = Simulate(Small, Nothing, Failure(FailureKind.Crash, 2) with { At = new(0, Phase.Forward, 1) }).Clock;
        Assert.Equal(
            new Recovery(Seconds(3.1), "node-3 was lost with stage 2: its process is no more", false, Seconds(0.9)), Assert.Single(clock.Recoveries));
    }

    /// <summary>The one that is new was told of nothing, whatever the one before it had told of.</summary>
    [Fact]
    public void A_server_s_death_is_reported_as_a_new_server()
    {
        var server = new Failure { Kind = FailureKind.Crash, Target = new(TargetKind.Server), After = Seconds(3.5) };
        var crash = Failure(FailureKind.Crash, 2) with { After = Seconds(3.2) };
        var clock = Simulate(Small with { Remedy = "substitute", Copies = CopyPlacement.Ring }, Nothing, crash, server).Clock;
        var mended = Assert.Single(clock.Recoveries);
        Assert.Equal((Seconds(4.4), "another server began"), (mended.At, mended.Reason));
    }

    [Fact]
    public void A_machine_computes_its_stages_one_after_the_other()
    {
        var (iteration, alone) = (Small.Stages * Small.MicroBatches * ForwardAndBackward, Simulate(Small, Nothing, RunStatus.Done, 1));
        Assert.Equal([Seconds(iteration), Seconds(iteration)], alone.Course.IterationTimes);
        Assert.Equal(1, alone.Course.Shares.Sum(stage => stage.Computed), 12);
    }

    /// <summary>Half an attempt was computed behind the last commit.</summary>
    [Fact]
    public void Work_after_the_last_commit_is_not_part_of_the_bubble()
    {
        var calm = Simulate(Small);
        var lost = Small with { RetriesMax = 0 };
        var memory = Failure(FailureKind.OutOfMemory, 0) with { At = new(1, Phase.Prepared) };
        var course = Simulate(lost, Nothing, RunStatus.Failed, lost.Stages, memory).Course;
        Assert.Equal((1, calm.Bubble!.Value), (course.Iterations, Math.Round(course.Bubble!.Value, 12)));
        Assert.True(course.Computed.Lost > TimeSpan.Zero);
    }

    [Fact]
    public void A_failure_during_a_recovery_is_reported_with_it()
    {
        var (first, second) = (Failure(FailureKind.Crash, 0) with { After = Seconds(3.2) }, Failure(FailureKind.Crash, 2) with { After = Seconds(3.4) });
        var clock = Simulate(Small, Nothing, first, second).Clock;
        Assert.Equal(
            "node-1 was lost with stage 0: its process is no more; then node-3 was lost with stage 2: its process is no more",
            Assert.Single(clock.Recoveries).Reason);
    }

    [Fact]
    public void A_move_is_reported_apart_from_failures()
    {
        Failure[] comeAndGo =
        [
            Failure(FailureKind.Leave, 1) with { At = new(0), Lasts = TimeSpan.FromDays(1) },
            new() { Kind = FailureKind.Join, At = new(0, Phase.Backward) },
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

    private static Course Told(double elapsed, params double[] reached) => new()
    {
        Elapsed = Seconds(elapsed),
        Reached = [.. reached.Select(Seconds)],
        Stages = [default],
        Trained = TimeSpan.Zero,
        BytesMoved = 0,
        TokensPerIteration = 1,
    };

    private static Fate Placed(string machine) => new()
    {
        Plan = Small.Plan,
        Room = 1,
        Comings = [],
        Placed = [(TimeSpan.Zero, [new NodeId(machine)])],
        End = TimeSpan.Zero,
        Reason = "",
    };

    private static Strike Strike(double at) => new(Seconds(at), Failure(FailureKind.Crash, 0), "node-1", 0);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Failure Failure(FailureKind kind, int stage) => new() { Kind = kind, Target = new(TargetKind.Stage, stage) };

    private static Course Simulate(Rig rig) => Simulate(rig, Nothing).Course;

    private static Simulated Simulate(Rig rig, NetworkPlan network, params Failure[] failures) =>
        Simulate(rig, network, RunStatus.Done, rig.Stages, failures);

    private static Simulated Simulate(Rig rig, NetworkPlan network, RunStatus status, int nodes, params Failure[] failures)
    {
        var clock = new TimelineRecorder();
        using var end = new Play
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
        }.ToItsEnd(clock, clock.Begin);
        Assert.True(end.End.Outcome?.Status == status, end.End.Outcome?.Reason);
        return new Simulated(Course.Of(rig.Plan, end, clock), end.Injector.Strikes, end.Fate, clock);
    }

    private sealed record Simulated(Course Course, IReadOnlyList<Strike> Strikes, Fate Fate, TimelineRecorder Clock);
}
