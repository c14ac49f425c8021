using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>The server holds statements against each other, convicts who stated something falsely, and goes on without.</summary>
public sealed class RefereeSpecs
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_run_without_false_statements_has_no_ruling(int stages)
    {
        var world = World(stages);
        world.Deliver();
        AssertDone(world);
        Assert.Empty(world.Events.OfType<RulingMade>());
        Assert.All(world.Events.OfType<IterationCommitted>(), commit => Assert.Equal(Digests(stages, commit.Iteration + 1), commit.Digests));
    }

    [Fact]
    public void A_stage_that_sends_and_states_a_false_activation_is_convicted()
    {
        var world = World(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0 }
            && saying.What is Said.SentToNeighbour or Said.SentOverJump or Said.Sent ? Truth.Of("false") : honest;
        world.Deliver();
        AssertDone(world);
        var made = Assert.Single(world.Events.OfType<RulingMade>()).Ruling;
        Assert.Equal((1L, 0, Act.Forward, 2, 0), (made.Iteration, made.Attempt, made.Act, made.Convicted!.Stage, made.Convicted.Seat));
    }

    private static CoordinatorWorld World(int stages) => new CoordinatorWorld(ServerRig.Plan(stages, remedy: "referee")).With(2 * stages);

    private static UInt128[] Digests(int stages, long version) => [.. Enumerable.Range(0, stages).Select(block => ScriptedStage.Digest(version, block))];

    private static void AssertDone(CoordinatorWorld world)
    {
        Assert.True(world.End is not null, world.Server.Phase.WaitingFor);
        Assert.Equal((RunStatus.Done, null, 3L), (world.End.Status, world.End.Reason, world.End.Iterations));
        Assert.Equal([0, 1, 2], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct());
    }
}
