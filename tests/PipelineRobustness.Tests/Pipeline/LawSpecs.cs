using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using TorchSharp;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The laws of the design, each with a test that would fail without it.</summary>
public sealed class LawSpecs
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_pipeline_ends_with_the_bits_of_a_plain_loop_evaluation_included(int stages)
    {
        var rig = new Rig { Stages = stages };
        var plain = rig.PlainLoop();
        var run = rig.Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(plain.Hash, run.Hash);
        Assert.Equal(plain.Loss, run.Loss);
    }

    [Fact]
    public void Two_intra_op_threads_give_the_plain_loop_s_bits()
    {
        var rig = new Rig { IntraOpThreads = 2, Iterations = 2 };
        Assert.Equal(rig.PlainLoop().Hash, rig.Run().Hash);
    }

    /// <summary>A number of micro-batches that is no power of two: dividing the loss by it rounds.</summary>
    [Theory]
    [InlineData(1, 7, 3, true, ClipScope.Global)]
    [InlineData(3, 7, 3, true, ClipScope.Global)]
    [InlineData(5, 7, 3, false, ClipScope.Global)]
    [InlineData(2, 7, 1, false, ClipScope.PerStage)]
    [InlineData(12, 12, 5, true, ClipScope.PerStage)]
    public void Losses_and_norms_of_each_iteration_are_the_plain_loop_s_in_any_cut(
        int stages, int layers, int microBatches, bool tied, ClipScope clip)
    {
        var rig = new Rig { Stages = stages, Layers = layers, MicroBatches = microBatches, Tied = tied, ClipScope = clip };
        var plain = rig.PlainLoop();
        var run = rig.Run();
        Assert.Equal(plain.Hash, run.Hash);
        Assert.Equal(plain.Steps, run.Committed.Select(c => (c.Loss, c.GradientNorm)));
    }

    [Theory]
    [InlineData(3, CopyPlacement.Middle)]
    [InlineData(6, CopyPlacement.Middle)]
    [InlineData(3, CopyPlacement.Ring)]
    [InlineData(6, CopyPlacement.Ring)]
    public void Copies_change_no_bit_and_accuse_no_stage(int stages, CopyPlacement copies)
    {
        foreach (var remedy in RemedyCatalog.All.Where(one => copies == CopyPlacement.Ring || !one.IsRefereed))
        {
            var rig = new Rig { Stages = stages, Remedy = remedy.Name, Copies = copies };
            var run = rig.Simulate(1);
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.Equal(rig.PlainLoop().Hash, run.Hash);
            Assert.Empty(run.Verdicts);
            Assert.All(run.Committed, c => Assert.Empty(c.Refetched));
        }
    }

    [Fact]
    public void Clipping_per_stage_depends_on_the_cut_only()
    {
        var rig = new Rig { Stages = 4, ClipScope = ClipScope.PerStage };
        var run = rig.Run();
        Assert.Equal(run.Hash, rig.Simulate(5).Hash);
        Assert.Equal(rig.PlainLoop().Hash, run.Hash);
        Assert.NotEqual((rig with { ClipScope = ClipScope.Global }).PlainLoop().Hash, run.Hash);
    }

    [Fact]
    public void Bits_verdicts_and_counts_are_the_same_under_200_interleavings()
    {
        var rig = new Rig
        {
            Layers = 5,
            Stages = 5,
            MicroBatches = 3,
            MicroBatchSize = 1,
            Iterations = 2,
            Remedy = "substitute",
            Copies = CopyPlacement.Ring,
            Forward = [new SignFlip { Rate = 0.7, Stage = 1 }, new SignFlip { Rate = 0.7, Stage = 3 }],
            Backward = [Rig.Noise with { Rate = 0.7 }],
        };
        var first = Account(rig.Run());
        Assert.Contains("Verdict", first, StringComparison.Ordinal);
        for (var interleaving = 0UL; interleaving < 200; interleaving++)
            Assert.Equal(first, Account(rig.Simulate(interleaving, nodes: 1 + (int)(interleaving % 3))));
    }

    [Theory]
    [InlineData("observe")]
    [InlineData("restart")]
    [InlineData("skip")]
    [InlineData("skip-with-server")]
    public void Remedies_do_not_depend_on_the_interleaving(string remedy)
    {
        var rig = new Rig
        {
            Layers = 5,
            Stages = 5,
            MicroBatches = 2,
            Remedy = remedy,
            Forward = [Rig.Flip with { Rate = 0.5 }],
            Backward = [Rig.Noise with { Rate = 0.5 }],
        };
        var first = Account(rig.Run());
        Assert.Contains("Verdict", first, StringComparison.Ordinal);
        for (var interleaving = 0UL; interleaving < 10; interleaving++)
            Assert.Equal(first, Account(rig.Simulate(interleaving)));
    }

    /// <summary>
    /// Counted after each evaluation, when the iteration's void jumps have arrived. TorchSharp counts
    /// one tensor too many for each Parameter ever made (its constructor takes the handle over without counting down),
    /// so the count after a whole run is compared with a shorter run's; a finalizer may lower either by a few, a leak of one an
    /// iteration raises the longer by 49.
    /// </summary>
    [Theory]
    [InlineData("substitute")]
    [InlineData("restart")]
    [InlineData("skip-with-server")]
    public void Live_tensors_do_not_grow_over_50_iterations(string remedy)
    {
        var rig = new Rig
        {
            Layers = 5,
            Stages = 5,
            Iterations = 50,
            EvaluateEvery = 1,
            Remedy = remedy,
            Forward = [Rig.Flip with { Rate = 0.5 }],
            Backward = [Rig.Noise with { Rate = 0.5 }],
        };
        var left = Leaves(rig with { Iterations = 1 }).Left;
        var (counts, leftAfter50) = Leaves(rig);
        Assert.Equal(50, counts.Count);
        Assert.All(counts.Skip(2).Zip(counts.Skip(3)), pair => Assert.True(pair.Second <= pair.First, $"{pair}"));
        Assert.True(leftAfter50 < left + 49, $"{leftAfter50} tensors outlived a run of 50 iterations, {left} a run of one");
    }

    private static (IReadOnlyList<long> Counts, long Left) Leaves(Rig rig)
    {
        var before = torch.Tensor.TotalCount;
        var counting = new Counting();
        rig.SimulateWatching(counting);
        return (counting.Counts, torch.Tensor.TotalCount - before);
    }

    private static string Account(Ended run) => string.Join('\n', run.Events.Select(Describe).Prepend(run.Hash));

    // Everything but the duration and the placement of stages.
    private static string Describe(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted c => $"{c with { Elapsed = default, Skipped = [], Frozen = [], Verdicts = [], Refetched = [] }} "
            + $"skipped {string.Join(",", c.Skipped)} frozen {string.Join(",", c.Frozen)} refetched {string.Join(",", c.Refetched)} "
            + string.Join(" ", c.Verdicts),
        RunStarted => "started",
        _ => occurrence.ToString(),
    };

    private sealed class Counting : IRunObserver
    {
        public List<long> Counts { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is Evaluated) Counts.Add(torch.Tensor.TotalCount);
        }
    }
}
