using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>
/// A stage that is convicted keeps its place below <c>defence.quarantine-after</c>, and may tell the same lie for ever. Where that ends no
/// attempt, it is counted as attempts are.
/// </summary>
public sealed class RecurringLieSpecs
{
    private const int Attempts = 3;

    /// <summary>Both holders of block 2 step to another state, each to its own, so that all go back.</summary>
    [Fact]
    public void False_steps_of_both_holders_end_the_run() => AssertGivenUp(Begin(world => world.Says = (saying, honest) =>
        saying is { Work.Iteration: 1, Stage: 2, What: Said.Step } or { Work.Iteration: 1, Stage: 3, What: Said.StepOfCopy }
            ? Truth.Of($"of {saying.Stage}") : honest), Act.Step, 2);

    [Fact]
    public void A_false_final_state_ends_the_run() => AssertGivenUp(
        Begin(world => world.Says = (saying, honest) => saying is { Stage: 3, What: Said.Collected } ? Truth.Of("false") : honest), Act.Transfer, 1);

    [Fact]
    public void A_false_state_in_a_recovery_ends_the_run()
    {
        var world = Begin(world => world.Says = (saying, honest) => saying is { Stage: 2, What: Said.Given } ? Truth.Of("false") : honest);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(2);
        AssertGivenUp(world, Act.Transfer, 1);
    }

    [Fact]
    public void A_false_beginning_of_both_holders_ends_the_run() => AssertGivenUp(Begin(world => world.Reports = honest => honest switch
    {
        { Version: 0, Stage: 1, Own: not null } => honest with { Own = 7 },
        { Version: 0, Stage: 2, Copy: not null } => honest with { Copy = 8 },
        _ => honest,
    }), Act.Transfer, 2);

    /// <summary>Each time the iteration is committed: the run goes on.</summary>
    [Fact]
    public void A_false_step_of_one_holder_ends_no_run()
    {
        var world = Begin(world => world.Says = (saying, honest) => saying is { Stage: 2, What: Said.Digest } ? Truth.Of("false") : honest, attempts: 1);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal([0, 1, 2], RefereedRun.Rulings(world).Select(ruling => ruling.Iteration));
    }

    private static CoordinatorWorld Begin(Action<CoordinatorWorld> lie, int attempts = Attempts)
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        var world = new CoordinatorWorld(plan with { Defence = plan.Defence with { Attempts = attempts, QuarantineAfter = 20 } });
        lie(world);
        return world.With(8);
    }

    private static void AssertGivenUp(CoordinatorWorld world, Act act, int stages)
    {
        world.Deliver();
        Assert.Equal(RunStatus.Failed, world.End?.Status);
        Assert.Contains($" was convicted of steps and states {Attempts} times (defence.attempts); ", world.End!.Reason, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Repeat(act, stages * Attempts), RefereedRun.Rulings(world).Select(ruling => ruling.Act));
    }
}
