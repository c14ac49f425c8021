using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Models;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What the two skips commit is, bit for bit, what a plain loop over the surviving blocks makes of the iteration.</summary>
public sealed class SkippingSpecs
{
    private static readonly Rig Clean = new() { Layers = 7, Stages = 6, MicroBatches = 3 };

    public SkippingSpecs() => TorchSharp.torch.set_num_threads(1);

    // The paper's table for K = 6, by attacker.
    [Theory]
    [InlineData("skip-with-server", 1, new[] { 1, 2 }, new[] { 1, 2 })]
    [InlineData("skip-with-server", 2, new[] { 2, 3 }, new[] { 1, 2, 3 })]
    [InlineData("skip-with-server", 3, new[] { 3, 4 }, new[] { 2, 3, 4 })]
    [InlineData("skip-with-server", 4, new[] { 4 }, new[] { 3, 4 })]
    [InlineData("skip", 1, new[] { 1, 2 }, new[] { 1, 2 })]
    [InlineData("skip", 2, new[] { 1, 2, 3 }, new[] { 1, 2, 3 })]
    [InlineData("skip", 3, new[] { 2, 3, 4 }, new[] { 1, 2, 3, 4 })]
    [InlineData("skip", 4, new[] { 3, 4 }, new[] { 2, 3, 4 })]
    public void Surviving_blocks_train_as_a_model_of_their_own(string remedy, int attacker, int[] skipped, int[] frozen)
    {
        var expected = PlainLoopWithout(skipped, frozen);
        foreach (var copies in new[] { CopyPlacement.Middle, CopyPlacement.Ring })
        {
            var rig = Clean with { Remedy = remedy, Copies = copies };
            Assert.Equal(expected, (rig with { Forward = [Rig.Flip with { Stage = attacker }] }).Run().Hash);
            Assert.Equal(expected, (rig with { Backward = [Rig.Noise with { Stage = attacker }] }).Run().Hash);
        }
    }

    [Theory]
    [InlineData(CopyPlacement.Middle)]
    [InlineData(CopyPlacement.Ring)]
    public void A_fully_skipped_middle_leaves_the_two_ends(CopyPlacement copies)
    {
        var run = (Clean with
        {
            Remedy = "skip",
            Copies = copies,
            Forward = [Rig.Flip with { Stage = 2 }, Rig.Flip with { Stage = 4 }],
        }).Run();
        Assert.All(run.Committed, c => Assert.Equal("1,2,3,4", string.Join(',', c.Skipped)));
        Assert.Equal(PlainLoopWithout([1, 2, 3, 4], [1, 2, 3, 4]), run.Hash);
        Assert.Equal(run.Attacks, run.Detected);
        Assert.Empty(run.FalseVerdicts);
    }

    private static string PlainLoopWithout(int[] skipped, int[] frozen)
    {
        var (plan, windows) = (Clean.Plan, Clean.Data.Training);
        using var whole = new CutModel(plan.Model, plan.Stages, Clean.Weights, plan.Training.Optimizer);
        var (worked, stepped) = (whole.Without(skipped), whole.Without(frozen));
        for (var iteration = 0L; iteration < plan.Iterations; iteration++)
        {
            worked.Accumulate(windows, iteration, plan.MicroBatches);
            stepped.Step(plan.LearningRate.At(iteration), plan.Training.ClipNorm);
            foreach (var trainer in whole.Trainers) trainer.ClearGradients();
        }

        return whole.StateFingerprint(plan.Iterations);
    }
}
