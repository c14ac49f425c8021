using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <content>Nodes that are silent, pause, are given up and rejoin.</content>
public sealed partial class RunTimelineSpecs
{
    /// <summary>It pauses when it begins its work in second 0; the limit is 6 s of silence.</summary>
    [Theory]
    [InlineData(6, 6, null)]
    [InlineData(6.1, 6, "node-2 was lost with stage 1: it was silent")]
    public void A_paused_machine_is_given_up_after_the_silence_limit(double lasts, double lost, string? broke)
    {
        var pause = new Pause { Target = Stage(1), At = new(0), Lasts = Seconds(lasts) };
        var (timeline, injections, truth, clock) = Simulate(Small, Nothing, pause);
        Assert.Equal(broke, clock.Recoveries.Find(recovery => !recovery.IsMove)?.Reason);
        Assert.InRange(LostTime.Of(Simulate(Small), timeline, injections, truth)[0], Seconds(lost), Seconds(lost + 4));
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
        var pause = new Pause { Target = Stage(1), After = Seconds(after), Lasts = Seconds(5) };
        Assert.Equal(Seconds(5), Simulate(two, Nothing, pause).Timeline.Worst!.Value - Simulate(two).Worst!.Value);
    }

    /// <summary>Its stages continue for a while next to their replacements: that work counts for no stage.</summary>
    [Theory]
    [InlineData("partition")]
    [InlineData("pause")]
    public void A_machine_that_was_given_up_does_no_more_work(string kind)
    {
        var cut = FailureOf.Kind(kind, 300) with { Target = Stage(3), At = new(0, IterationPhase.Backward, 1) };
        var timeline = Simulate(Small with { MicroBatches = 20 }, Nothing, cut).Timeline;
        Assert.All(timeline.Shares, stage => Assert.InRange(stage.Computed, 0, 1));
        Assert.InRange(timeline.Bubble!.Value, 0, 1);
    }

    /// <summary>State queries and orders to start stages: each second to four nodes.</summary>
    [Fact]
    public void A_server_repeats_an_unanswered_order_each_second()
    {
        var lose = new Lose { Target = new(TargetKind.Server), After = TimeSpan.Zero, Count = 40 };
        Assert.InRange(Simulate(Small, NetworkPlan.OneRack, lose).Timeline.Reached[0], Seconds(5), Seconds(12));
    }

    [Fact]
    public void Overlapping_hangs_end_with_the_longer_one()
    {
        Failure Hang(double lasts) => new Hang { Target = Stage(0), At = new(1), Lasts = Seconds(lasts) };
        var pause = new Pause { Target = Stage(0), At = new(1), Lasts = Seconds(5) };
        Assert.Equal(Seconds(7), Simulate(Small, Nothing, Hang(7), Hang(4), pause).Timeline.Elapsed - Simulate(Small).Elapsed);
    }

    /// <summary>Heard or not heard between two silences of more than 6 s; in the last case it is dead before it would be replaced.</summary>
    [Theory]
    [InlineData("partition", 1, 5, 2, null)]
    [InlineData("pause", 5, 4, 5, 9.0)]
    [InlineData("partition", 5, 4, 5, 9.0)]
    [InlineData("crash", 0, 2, 0, 5.9)]
    public void A_server_silent_for_too_long_is_replaced_once(string kind, double first, double then, double second, double? followed)
    {
        Failure Server(double after, double lasts) =>
            FailureOf.Kind(kind, lasts) with { Target = new(TargetKind.Server), After = Seconds(after) };
        var silent = FailureOf.Kind(kind, first, wakesUp: true) with { Target = new(TargetKind.Server), After = Seconds(3) };
        var ring = Small with { Remedy = "substitute", Copies = CopyPlacement.Ring };
        var clock = Simulate(ring, Nothing, silent, Server(3 + then, second)).Clock;
        Assert.Equal(followed is { } at ? [Seconds(at)] : [], clock.Recoveries.Where(r => r.Reason == "another server began").Select(r => r.At));
    }

    /// <summary>It was cut off when it left.</summary>
    [Fact]
    public void A_node_that_left_does_not_come_back()
    {
        var leave = new Leave { Target = new(TargetKind.Node, Node: "node-2"), After = Seconds(2), Notice = Seconds(10) };
        var partition = new Partition { Target = leave.Target, After = Seconds(3), Lasts = Seconds(12) };
        var truth = Simulate(Small, Nothing, leave, partition).Truth;
        Assert.Equal(["node-2"], truth.MembershipChanges.Where(c => !c.Joined).Select(c => c.Machine));
        Assert.DoesNotContain(truth.MembershipChanges, c => c.Machine == "node-5");
    }

    [Fact]
    public void A_node_that_came_back_leaves_under_its_new_name()
    {
        var leave = new Leave { Target = new(TargetKind.Node, Node: "node-2"), After = Seconds(2), Notice = Seconds(15) };
        var partition = new Partition { Target = leave.Target, After = Seconds(3), Lasts = Seconds(9) };
        var truth = Simulate(Small, Nothing, leave, partition).Truth;
        Assert.Equal([("node-2", 9.0), ("node-5", 17.0)], truth.MembershipChanges.Where(c => !c.Joined).Select(c => (c.Machine, c.At.TotalSeconds)));
    }

    /// <summary>Its blocks are being rebuilt when the second fault is due; that fault waits for the machine that gets them.</summary>
    [Fact]
    public void A_timed_fault_hits_the_machine_that_holds_the_stage_then_or_next()
    {
        Failure Crash(double after) => new Crash { Target = Stage(2), After = Seconds(after) };
        var injections = Simulate(Small, Nothing, Crash(3), Crash(3.05)).Injections;
        Assert.Equal(2, injections.Count);
        Assert.InRange(injections[1].At, Seconds(3.1), Seconds(5));
        Assert.NotEqual(injections[0].Machine, injections[1].Machine);
    }

    [Fact]
    public void A_machine_paused_after_its_last_micro_batch_reports_when_it_resumes()
    {
        var pause = new Pause { Target = Stage(1), At = new(0, IterationPhase.Prepared), Lasts = Seconds(5) };
        Assert.InRange(Simulate(Small, Nothing, pause).Timeline.Worst!.Value - Simulate(Small).Worst!.Value, Seconds(3), Seconds(5));
    }

    /// <summary>Twice 5 s with a second between do not count as a silence of 11 s.</summary>
    [Theory]
    [InlineData("pause")]
    [InlineData("partition")]
    public void A_machine_heard_between_two_silences_is_not_given_up(string kind)
    {
        Failure Silent(double after) => FailureOf.Kind(kind, 5) with { Target = Stage(1), After = Seconds(after) };
        var clock = Simulate(Small, Nothing, Silent(0.5), Silent(6)).Clock;
        Assert.DoesNotContain(clock.Recoveries, recovery => recovery.Reason.Contains("silent", StringComparison.Ordinal));
    }
}
