using PipelineRobustness.Experiments.Scale;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Many stages without tensors, on machines that come and go.</summary>
public sealed class ScaleSpecs
{
    private static readonly ScaleCase Some = new() { Stages = 40, Nodes = 60, Iterations = 300 };

    [Fact]
    public void Ring_copies_lose_no_iteration_and_checkpoints_those_since_the_last()
    {
        var calm = ScaleRun.Of(Some with { Iterations = 10 });
        Assert.Equal((RunStatus.Done, 10, 0, 0), (calm.Status, calm.Iterations, calm.WorkedAgain, calm.Recoveries));

        // A machine with a stage dies after about fifty iterations on average.
        var meanTime = 50 * Some.Stages * calm.PerIteration;
        var ring = ScaleRun.Of((Some with { Copies = CopyPlacement.Ring }).WithChurn(meanTime));
        var stored = ScaleRun.Of((Some with { CheckpointEvery = 10 }).WithChurn(meanTime));
        Assert.Equal((RunStatus.Done, 300L, 0L), (ring.Status, ring.Iterations, ring.WorkedAgain));
        Assert.Equal((RunStatus.Done, 300L), (stored.Status, stored.Iterations));
        Assert.InRange(ring.Recoveries, 1, 50);
        Assert.InRange(stored.WorkedAgain, 1, 20 * stored.Recoveries);
        Assert.True(stored.TokensPerSecond < calm.TokensPerSecond);
    }

    [Fact]
    public void A_checkpoint_comes_early_if_iterations_take_long()
    {
        var iteration = ScaleRun.Of(Some with { Iterations = 10 }).PerIteration;
        Assert.Equal([7, 14], Stored(7, TimeSpan.Zero));
        Assert.Equal([7, 14], Stored(7, 8 * iteration));
        Assert.Equal([3, 6, 9, 12, 15, 18], Stored(50, 2.5 * iteration));
        Assert.Equal([3, 6, 7, 10, 13, 14, 17], Stored(7, 2.5 * iteration));
        Assert.Empty(Stored(0, 2.5 * iteration));

        static IEnumerable<long> Stored(long every, TimeSpan within)
        {
            var written = new Written();
            ScaleRun.Of(Some with { Iterations = 20, CheckpointEvery = every, CheckpointWithin = within }, written);
            return written.Versions;
        }
    }

    [Fact]
    public void A_scale_study_is_a_function_of_its_seed()
    {
        var one = (Some with { Copies = CopyPlacement.Ring, Iterations = 100 }).WithChurn(TimeSpan.FromHours(20));
        var (first, again, other) = (ScaleRun.Of(one), ScaleRun.Of(one), ScaleRun.Of(one with { Seed = 2 }));
        Assert.Equal((first.Elapsed, first.Turns, first.Recoveries), (again.Elapsed, again.Turns, again.Recoveries));
        Assert.Equal(first.Injected, again.Injected);
        Assert.NotEqual(first.Turns, other.Turns);
    }

    private sealed class Written : IRunObserver
    {
        public List<long> Versions { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is CheckpointWritten { Error: null } checkpoint) Versions.Add(checkpoint.Version);
        }
    }
}
