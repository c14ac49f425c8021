using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A stage that says one thing to its neighbour and another over its jump, in the first attempt of iteration 1.</summary>
public sealed class EquivocationSpecs
{
    private static readonly Rig Clean = new() { Layers = 6, Stages = 6, MicroBatches = 2, Iterations = 4, Remedy = "substitute" };

    private static readonly string CleanHash = Clean.PlainLoop().Hash;

    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void A_lie_to_the_neighbour_alone_is_detected_and_changes_nothing(Direction direction)
    {
        foreach (var copies in new[] { CopyPlacement.Middle, CopyPlacement.Ring })
        {
            var run = (Clean with { Copies = copies, Behaviour = Lie(2, direction, Link.Neighbour) }).Run();
            Assert.Equal(CleanHash, run.Hash);
            Assert.All(run.Verdicts, v => Assert.Equal((1, 2, direction), (v.Iteration, v.Suspect, v.Direction)));
            Assert.Equal(2, run.Verdicts.Count);
        }
    }

    /// <summary>The next one stands accused in its place; but that block's holders disagree, and nothing is committed.</summary>
    [Theory]
    [InlineData(2, Direction.Forward, CopyPlacement.Middle)]
    [InlineData(3, Direction.Backward, CopyPlacement.Middle)]
    [InlineData(2, Direction.Backward, CopyPlacement.Ring)]
    public void A_lie_over_the_jump_alone_is_never_committed(int stage, Direction direction, CopyPlacement copies)
    {
        var run = (Clean with { Copies = copies, Behaviour = Lie(stage, direction, Link.Jump) }).Run();
        Assert.Equal(CleanHash, run.Hash);
        var iteration = run.Committed.Single(c => c.Iteration == 1);
        Assert.Equal((2, 1), (iteration.Attempts, iteration.Disagreements));
        Assert.DoesNotContain(run.Verdicts, v => v.Suspect == stage);
    }

    /// <summary>The limit of two holders once more: block 0 has no copy in the middle, so no other stage can tell.</summary>
    [Fact]
    public void A_backward_lie_over_the_jump_to_the_first_stage_is_believed()
    {
        var run = (Clean with { Behaviour = Lie(2, Direction.Backward, Link.Jump) }).Run();
        Assert.NotEqual(CleanHash, run.Hash);
        Assert.All(run.Verdicts, v => Assert.Equal((1, Direction.Backward), (v.Suspect, v.Direction)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-3)]
    public void Observe_accuses_no_later_iteration(double tolerance)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            foreach (var link in new[] { Link.Neighbour, Link.Jump })
            {
                var run = (Clean with
                {
                    Remedy = "observe",
                    Tolerance = tolerance,
                    Behaviour = Lie(3, direction, link),
                }).Run();
                Assert.NotEmpty(run.Verdicts);
                Assert.All(run.Verdicts, v => Assert.Equal(1, v.Iteration));
            }
        }
    }

    // The negative keeps the norm, which is all that is compared of gradients within a tolerance.
    private static Fault Lie(int stage, Direction direction, Link link) =>
        Faults.At(1, stage).Attempt(0).Going(direction).Over(link).Send(honest => honest.neg());
}
