using PipelineRobustness.Benchmarks;

namespace PipelineRobustness.Tests.Benchmarks;

/// <summary>What the GPipe schedule leaves of the machine when stages share its cores.</summary>
public sealed class ScheduleBoundSpecs
{
    /// <summary>The measured prototypes' own table, at 2 cores.</summary>
    [Theory]
    [InlineData(2, 8, 0.889)]
    [InlineData(4, 8, 0.941)]
    [InlineData(8, 8, 0.970)]
    [InlineData(4, 16, 0.970)]
    public void Two_cores_lose_three_units_in_every_cut(int stages, int microBatches, double bound)
    {
        var units = 3.0 * stages * microBatches / 2;
        Assert.Equal(bound, Bound(stages, microBatches, cores: 2), 3);
        Assert.Equal(units / (units + 3), Bound(stages, microBatches, cores: 2), 12);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 16)]
    public void One_core_never_waits(int stages, int microBatches) => Assert.Equal(1, Bound(stages, microBatches, cores: 1));

    [Fact]
    public void A_core_for_each_stage_leaves_only_the_bubble() =>
        Assert.Equal(16.0 / (16 + 3), Bound(stages: 4, microBatches: 16, cores: 4), 12);

    [Fact]
    public void One_stage_uses_one_core() => Assert.Equal(0.5, Bound(stages: 1, microBatches: 16, cores: 2));

    /// <summary>Two of four stages with twice the work, as with copies: only the costly stages' ends are longer.</summary>
    [Fact]
    public void Uneven_stages_lose_at_their_ends() =>
        Assert.Equal(0.96, ScheduleBound.Of([1, 1, 2, 2], 16, 2), 12);

    private static double Bound(int stages, int microBatches, int cores) =>
        ScheduleBound.Of([.. Enumerable.Repeat(1, stages)], microBatches, cores);
}
