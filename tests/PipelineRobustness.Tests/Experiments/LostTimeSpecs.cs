using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What each failure is charged for, compared with arithmetic by hand.</summary>
public sealed class LostTimeSpecs
{
    /// <summary>An undisturbed iteration takes 10 s. The second one takes 25 s, with injections 2 s and 8 s after its beginning.</summary>
    [Fact]
    public void Faults_in_one_iteration_share_its_whole_cost()
    {
        var (calm, played) = (Timeline(30, 0, 10, 20, 30), Timeline(50, 0, 10, 35, 50));
        Injection[] injections = [Injected(12), Injected(18)];
        // The third takes 5 s too long without a fault in it: the last fault may have persisted.
        Assert.Equal([Seconds(15 - 7), Seconds(35 - 18 - 10 + 5)], LostTime.Of(calm, played, injections, Placed("node-1")));
        Assert.Equal([1L, 1L], injections.Select(s => LostTime.Iteration(played, s.At, played.Iterations)));
    }

    /// <summary>The first affects a machine without work, the last one disturbs no stage.</summary>
    [Fact]
    public void A_fault_that_interrupts_nothing_is_charged_nothing()
    {
        Injection[] injections = [Injected(11) with { Machine = "node-2" }, Injected(12), Injected(18) with { Failure = new Join() }];
        var (calm, played) = (Timeline(30, 0, 10, 20, 30), Timeline(45, 0, 10, 35, 45));
        Assert.Equal([Seconds(0), Seconds(15), Seconds(0)], LostTime.Of(calm, played, injections, Placed("node-1")));
        Assert.Equal([Seconds(15)], LostTime.Of(calm, played, [injections[2]], Placed("node-1")));
    }

    /// <summary>A duplicated message has no further cost.</summary>
    [Fact]
    public void Faults_at_one_instant_share_the_cost_equally()
    {
        var twice = Injected(12) with { Failure = new Duplicate { Target = Stage(0) } };
        Injection[] injections = [Injected(12), Injected(12), twice, Injected(18), Injected(18)];
        var (calm, played) = (Timeline(30, 0, 10, 20, 30), Timeline(45, 0, 10, 35, 45));
        Assert.Equal([Seconds(4), Seconds(4), Seconds(0), Seconds(3.5), Seconds(3.5)], LostTime.Of(calm, played, injections, Placed("node-1")));
    }

    [Fact]
    public void A_run_that_fails_loses_the_time_since_its_last_commit() =>
        Assert.Equal([Seconds(15 - 10 + 99 - 15)], LostTime.Of(Timeline(30, 0, 10, 20, 30), Timeline(99, 0, 15), [Injected(3)], Placed("node-1")));

    private static RunTimeline Timeline(double elapsed, params double[] reached) => new()
    {
        Elapsed = Seconds(elapsed),
        Reached = [.. reached.Select(Seconds)],
        Stages = [default],
        Trained = TimeSpan.Zero,
        BytesMoved = 0,
        TokensPerIteration = 1,
    };

    private static GroundTruth Placed(string machine) => new()
    {
        Plan = new Rig { Stages = 1 }.Plan,
        Room = 1,
        MembershipChanges = [],
        Placed = [(TimeSpan.Zero, [new NodeId(machine)])],
        End = TimeSpan.Zero,
    };

    private static Injection Injected(double at) => new(Seconds(at), new Crash { Target = Stage(0) }, "node-1", 0);

    private static Target Stage(int stage) => new(TargetKind.Stage, stage);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
