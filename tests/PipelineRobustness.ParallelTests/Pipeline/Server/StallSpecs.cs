using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>When the server takes a wait for a lost message, and when it gives up.</summary>
public sealed class StallSpecs
{
    private static readonly RunPlan Plan = ServerRig.Plan(3);

    private static readonly RunPlan Losing = Plan with
    {
        LosesMessages = true,
        Recovery = Plan.Recovery with { Retries = 2, RetryAfter = TimeSpan.FromSeconds(10) },
    };

    /// <summary>If all wait for each other, a message was lost; as long as one computes, perhaps none was.</summary>
    [Fact]
    public void The_server_queries_states_once_all_stages_wait_and_not_before()
    {
        var world = new CoordinatorWorld(Losing).With(3);
        world.Deliver(message => message is Prepared);
        world.LoseAll();
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(10));
        for (var stage = 0; stage < 2; stage++)
            world.Tell(new StageWaits(stage, StageWaits.NextWord, null, TimeSpan.FromSeconds(15)), world.Stage(stage).Address);
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
        Assert.IsType<Training>(world.Server.Phase);
        world.AllWait(TimeSpan.FromSeconds(16));
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
        Assert.IsType<QueryingState>(world.Server.Phase);
    }

    /// <summary>As after Ctrl-Z, or on a machine that was suspended: its own timers show that it did not run.</summary>
    [Fact]
    public void Time_in_which_the_server_was_stopped_is_no_wait()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Prepared);
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromDays(1));
        Assert.Null(world.End);
        for (var ticks = 0; world.End is null; ticks++)
        {
            Assert.InRange(ticks, 0, 1000);
            world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(5));
        }

        Assert.StartsWith("gave up after 1800 s", world.End.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stall_that_comes_again_and_again_ends_the_run()
    {
        var world = new CoordinatorWorld(Losing).With(3);
        world.Deliver(message => message is Prepared);
        for (var stall = 0; world.End is null; stall++)
        {
            Assert.InRange(stall, 0, 2);
            world.LoseAll();
            world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(10));
            world.AllWait(TimeSpan.FromSeconds(15));
            world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
            world.Deliver(message => message is Prepared);
        }

        Assert.StartsWith(
            "iteration 0 was given up after 2 retries (recovery.retries); the last: nothing came for 11 s", world.End.Reason, StringComparison.Ordinal);
    }
}
