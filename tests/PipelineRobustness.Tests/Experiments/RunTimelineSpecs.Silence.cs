using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <content>Who is silent, stands still, is given up, and comes back.</content>
public sealed partial class RunTimelineSpecs
{
    /// <summary>It stands still as it comes to its work in second 0, and nobody bears silence for more than 6 s.</summary>
    [Theory]
    [InlineData(6, 6, null)]
    [InlineData(6.1, 6, "node-2 was lost with stage 1: it was silent")]
    public void A_paused_machine_is_given_up_after_the_silence_limit(double lasts, double lost, string? broke)
    {
        var pause = Failure(FailureKind.Pause, 1) with { At = new(0), Lasts = Seconds(lasts) };
        var (course, strikes, fate, clock) = Simulate(Small, Nothing, pause);
        Assert.Equal(broke, clock.Recoveries.Find(recovery => !recovery.IsMove)?.Reason);
        Assert.InRange(LostTime.Of(Simulate(Small), course, strikes, fate)[0], Seconds(lost), Seconds(lost + 4));
    }

    /// <summary>Of two stages the second one computes forward in second 1, and then backward; the first waits for it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(1.9)]
    [InlineData(2)]
    [InlineData(3.9)]
    public void A_machine_paused_while_computing_finishes_later_by_the_pause(double after)
    {
        var two = Small with { Stages = 2, MicroBatches = 1 };
        var pause = Failure(FailureKind.Pause, 1) with { After = Seconds(after), Lasts = Seconds(5) };
        Assert.Equal(Seconds(5), Simulate(two, Nothing, pause).Course.Worst!.Value - Simulate(two).Worst!.Value);
    }

    /// <summary>The stages on it go on for a while, beside those in their place: that is nobody's work.</summary>
    [Theory]
    [InlineData(FailureKind.Partition)]
    [InlineData(FailureKind.Pause)]
    public void A_machine_that_was_given_up_does_no_more_work(FailureKind kind)
    {
        var cut = Failure(kind, 3) with { At = new(0, Phase.Backward, 1), Lasts = Seconds(300) };
        var course = Simulate(Small with { MicroBatches = 20 }, Nothing, cut).Course;
        Assert.All(course.Shares, stage => Assert.InRange(stage.Computed, 0, 1));
        Assert.InRange(course.Bubble!.Value, 0, 1);
    }

    /// <summary>Calls of the roll and orders to start stages: each second to four nodes.</summary>
    [Fact]
    public void A_server_repeats_an_unanswered_order_each_second()
    {
        var lose = new Failure { Kind = FailureKind.Lose, Target = new(TargetKind.Server), After = TimeSpan.Zero, Count = 40 };
        Assert.InRange(Simulate(Small, NetworkPlan.OneRack, lose).Course.Reached[0], Seconds(5), Seconds(12));
    }

    [Fact]
    public void Overlapping_hangs_end_with_the_longer_one()
    {
        Failure Hang(double lasts) => Failure(FailureKind.Hang, 0) with { At = new(1), Lasts = Seconds(lasts) };
        var pause = Failure(FailureKind.Pause, 0) with { At = new(1), Lasts = Seconds(5) };
        Assert.Equal(Seconds(7), Simulate(Small, Nothing, Hang(7), Hang(4), pause).Course.Elapsed - Simulate(Small).Elapsed);
    }

    /// <summary>It was heard of between two silences, or was not, for more than 6 s; in the last it is no more when the first would be followed.</summary>
    [Theory]
    [InlineData(FailureKind.Partition, 1, 5, 2, null)]
    [InlineData(FailureKind.Pause, 5, 4, 5, 9.0)]
    [InlineData(FailureKind.Partition, 5, 4, 5, 9.0)]
    [InlineData(FailureKind.Crash, 0, 2, 0, 5.9)]
    public void A_server_silent_for_too_long_is_replaced_once(FailureKind kind, double first, double then, double second, double? followed)
    {
        Failure Server(double after, double lasts) =>
            new() { Kind = kind, Target = new(TargetKind.Server), After = Seconds(after), Lasts = Seconds(lasts) };
        var silent = Server(3, first) with { WakesUp = kind == FailureKind.Crash };
        var ring = Small with { Remedy = "substitute", Copies = CopyPlacement.Ring };
        var clock = Simulate(ring, Nothing, silent, Server(3 + then, second)).Clock;
        Assert.Equal(followed is { } at ? [Seconds(at)] : [], clock.Recoveries.Where(r => r.Reason == "another server began").Select(r => r.At));
    }

    /// <summary>It was cut off when it left.</summary>
    [Fact]
    public void A_node_that_left_does_not_come_back()
    {
        var leave = Failure(FailureKind.Leave, 1) with { Target = new(TargetKind.Node, Node: "node-2"), After = Seconds(2), Lasts = Seconds(10) };
        var partition = leave with { Kind = FailureKind.Partition, After = Seconds(3), Lasts = Seconds(12) };
        var fate = Simulate(Small, Nothing, leave, partition).Fate;
        Assert.Equal(["node-2"], fate.Comings.Where(c => !c.Comes).Select(c => c.Machine));
        Assert.DoesNotContain(fate.Comings, c => c.Machine == "node-5");
    }

    [Fact]
    public void A_node_that_came_back_leaves_under_its_new_name()
    {
        var leave = Failure(FailureKind.Leave, 1) with { Target = new(TargetKind.Node, Node: "node-2"), After = Seconds(2), Lasts = Seconds(15) };
        var partition = leave with { Kind = FailureKind.Partition, After = Seconds(3), Lasts = Seconds(9) };
        var fate = Simulate(Small, Nothing, leave, partition).Fate;
        Assert.Equal([("node-2", 9.0), ("node-5", 17.0)], fate.Comings.Where(c => !c.Comes).Select(c => (c.Machine, c.At.TotalSeconds)));
    }

    /// <summary>Its blocks are being rebuilt when the second comes, which waits for whoever works them then.</summary>
    [Fact]
    public void A_timed_fault_hits_the_machine_that_works_the_stage_then_or_next()
    {
        Failure Crash(double after) => Failure(FailureKind.Crash, 2) with { After = Seconds(after) };
        var strikes = Simulate(Small, Nothing, Crash(3), Crash(3.05)).Strikes;
        Assert.Equal(2, strikes.Count);
        Assert.InRange(strikes[1].At, Seconds(3.1), Seconds(5));
        Assert.NotEqual(strikes[0].Machine, strikes[1].Machine);
    }

    [Fact]
    public void A_machine_paused_after_its_last_micro_batch_reports_when_it_resumes()
    {
        var pause = Failure(FailureKind.Pause, 1) with { At = new(0, Phase.Prepared), Lasts = Seconds(5) };
        Assert.InRange(Simulate(Small, Nothing, pause).Course.Worst!.Value - Simulate(Small).Worst!.Value, Seconds(3), Seconds(5));
    }

    /// <summary>Twice 5 s with a second between them are no silence of 11.</summary>
    [Theory]
    [InlineData(FailureKind.Pause)]
    [InlineData(FailureKind.Partition)]
    public void A_machine_heard_between_two_silences_is_not_given_up(FailureKind kind)
    {
        Failure Silent(double after) => Failure(kind, 1) with { After = Seconds(after), Lasts = Seconds(5) };
        var clock = Simulate(Small, Nothing, Silent(0.5), Silent(6)).Clock;
        Assert.DoesNotContain(clock.Recoveries, recovery => recovery.Reason.Contains("silent", StringComparison.Ordinal));
    }
}
