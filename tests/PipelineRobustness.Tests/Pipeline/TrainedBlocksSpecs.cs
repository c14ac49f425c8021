using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary><c>training.blocks</c>: only some blocks are stepped, and all else holds as it does for a whole model.</summary>
public sealed class TrainedBlocksSpecs
{
    [Theory]
    [InlineData(4, true, ClipScope.Global, "2")]
    [InlineData(4, true, ClipScope.PerStage, "0", "3")]
    [InlineData(4, false, ClipScope.Global, "0")]
    [InlineData(8, true, ClipScope.Global, "4", "5")]
    public void A_pipeline_that_steps_some_blocks_ends_with_the_plain_loop_s_bits(int stages, bool tied, ClipScope clip, params string[] blocks)
    {
        var rig = new Rig { Stages = stages, Tied = tied, ClipScope = clip, Blocks = blocks };
        var (plain, run) = (rig.PlainLoop(), rig.Run());
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(plain.Hash, run.Hash);
        Assert.Equal(plain.Steps, run.Committed.Select(c => (c.Loss, c.GradientNorm)));
        Assert.NotEqual((rig with { Blocks = [] }).PlainLoop().Hash, run.Hash);
        Assert.All(run.Committed, c => Assert.Empty(c.Frozen));
    }

    [Fact]
    public void The_same_layers_in_another_cut_give_the_same_bits() =>
        Assert.Equal(new Rig { Stages = 4, Blocks = ["1"] }.Run().Hash, new Rig { Stages = 8, Blocks = ["2", "3"] }.Run().Hash);

    [Fact]
    public void All_blocks_named_are_all_blocks() =>
        Assert.Equal(new Rig().PlainLoop().Hash, new Rig { Blocks = ["0", "1", "2", "3"] }.Run().Hash);

    [Fact]
    public async Task Weights_moments_and_step_counts_of_other_blocks_stay_as_they_are()
    {
        var rig = new Rig { Blocks = ["2"], Iterations = 2 };
        using var outcome = await PipelineHost.RunAsync(rig.Spec(), new EventLog(), TestContext.Current.CancellationToken);
        using var untrained = await PipelineHost.RunAsync((rig with { Iterations = 0 }).Spec(), new EventLog(), TestContext.Current.CancellationToken);
        foreach (var (after, before) in outcome.FinalState.Zip(untrained.FinalState))
        {
            Assert.Equal(after.Range.Index != 2, Fingerprint.State(after.Parameters, 0) == Fingerprint.State(before.Parameters, 0));
            Assert.All(after.Parameters, parameter => Assert.Equal(after.Range.Index == 2 ? 2 : 0, parameter.Steps));
        }
    }

    [Fact]
    public void Copies_stay_like_their_originals_under_every_remedy()
    {
        foreach (var remedy in RemedyCatalog.All)
        {
            var rig = new Rig { Layers = 4, Remedy = remedy.Name, Copies = CopyPlacement.Ring, Blocks = ["1", "2"] };
            var run = rig.Simulate(1);
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.Equal(rig.PlainLoop().Hash, run.Hash);
            Assert.Empty(run.Verdicts);
            Assert.All(run.Committed, c => Assert.Empty(c.Refetched));
        }
    }

    [Fact]
    public void A_lie_is_replaced_and_a_false_step_convicted()
    {
        var rig = new Rig { Layers = 4, Copies = CopyPlacement.Ring, Blocks = ["2"], Remedy = "substitute", Forward = [Rig.Flip with { Stage = 1 }] };
        Assert.Equal(rig.PlainLoop().Hash, rig.Run().Hash);
        var heard = (rig with { Remedy = "referee", Forward = [], Liars = [new NoStep { Stage = ["2"], Until = 1 }] }).Simulate(2, nodes: 6);
        Assert.Equal(rig.PlainLoop().Hash, heard.Hash);
        Assert.Equal([2], heard.Committed.SelectMany(c => c.Rulings).Select(ruling => ruling.Convicted!.Stage).Distinct());
    }

    /// <summary>A block that a skip keeps from being updated is counted; one that is never updated is not.</summary>
    [Fact]
    public void A_skip_counts_the_blocks_that_it_keeps_from_being_updated()
    {
        var rig = new Rig { Layers = 6, Stages = 6, Remedy = "skip", Iterations = 2, Forward = [Rig.Flip with { Stage = 3 }] };
        var (all, some) = (rig.Simulate(3), (rig with { Blocks = ["1"] }).Simulate(3));
        Assert.Equal(all.Committed.Select(c => string.Join(',', c.Frozen)), some.Committed.Select(c => string.Join(',', c.Frozen)));
        Assert.NotEqual(all.Hash, some.Hash);
    }

    [Theory]
    [InlineData(true, "training.blocks: expected blocks from 0 to 3 (pipeline.stages = 4), found 4", "4")]
    [InlineData(true, "training.blocks: expected both of 0 and 3, or neither, since the model has one matrix in both, found 0 1", "0", "1")]
    [InlineData(false, "training.blocks: expected the number of a block, found two", "two")]
    public void Blocks_that_cannot_be_stepped_alone_are_refused(bool tied, string message, params string[] blocks) =>
        Assert.Equal(message, Assert.Throws<BadInputException>(() => new Rig { Tied = tied, Blocks = blocks }.Plan.Validate()).Message);
}
