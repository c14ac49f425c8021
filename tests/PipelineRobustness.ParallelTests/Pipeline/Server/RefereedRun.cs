using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Runs under a referee, with twice as many nodes as stages, and what they come to.</summary>
internal static class RefereedRun
{
    public static Claim Lie(Claim honest, ref int told)
    {
        told++;
        return Truth.Of($"not {honest}");
    }

    public static CoordinatorWorld Of(int stages) => new CoordinatorWorld(ServerRig.Plan(stages, remedy: "referee")).With(2 * stages);

    public static IReadOnlyList<Ruling> Rulings(CoordinatorWorld world) => [.. world.Events.OfType<RulingMade>().Select(made => made.Ruling)];

    public static IReadOnlyList<IterationCommitted> Commits(CoordinatorWorld world) => [.. world.Events.OfType<IterationCommitted>().DistinctBy(Record)];

    private static (long, int) Record(IterationCommitted commit) => (commit.Iteration, commit.Rulings.Length);

    public static UInt128[] Clean(int stages, long version) => [.. Enumerable.Range(0, stages).Select(block => ScriptedStage.Digest(version, block))];

    public static void AssertClean(CoordinatorWorld world, int stages) =>
        Assert.All(world.Events.OfType<IterationCommitted>(), commit => Assert.Equal(Clean(stages, commit.Iteration + 1), commit.Digests));

    public static void AssertDone(CoordinatorWorld world, long from = 0)
    {
        Assert.True(world.End is not null, world.Server.Phase.WaitingFor);
        Assert.Equal((RunStatus.Done, null, 3L), (world.End.Status, world.End.Reason, world.End.Iterations));
        Assert.Equal(((long[])[0, 1, 2])[(int)from..], world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct());
    }
}
