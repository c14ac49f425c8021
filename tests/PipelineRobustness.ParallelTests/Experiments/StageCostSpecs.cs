using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The output of `plan`, compared with arithmetic.</summary>
public sealed class StageCostSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    public void Stages_without_copies_hold_the_model_once_plus_a_tied_head(int stages)
    {
        var (costs, model) = Costs($"pipeline.stages = {stages}");
        Assert.Equal(Cut.Parameters(model) + model.VocabularySize * (long)model.Hidden, costs.Sum(c => c.Parameters));
        Assert.All(costs, c => Assert.Equal((0, 0L, 4 * c.Parameters), ((int)c.CopyParameters, c.Jumped, c.Weights)));
        Assert.All(costs, c => Assert.Equal(c.Memory, c.Weights + c.Gradients + c.Moments + c.Activations));
    }

    [Fact]
    public void Middle_copies_add_the_size_of_the_block_before()
    {
        var (costs, _) = Costs("pipeline.stages = 6\ndefence.copies = middle");
        Assert.Equal([null, null, 1, 2, 3, 4], costs.Select(c => c.CopyOf));
        Assert.All(costs.Where(c => c.CopyOf is not null), c => Assert.Equal(costs[c.CopyOf!.Value].Parameters, c.CopyParameters));
    }

    [Fact]
    public void Ring_copies_are_on_every_stage()
    {
        var (costs, _) = Costs("pipeline.stages = 4\ndefence.copies = ring");
        Assert.Equal([3, 0, 1, 2], costs.Select(c => c.CopyOf));
    }

    /// <summary>Inputs and gradients of a pass, and the copy's state from before the step, outlive activations.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("training.recompute = true")]
    public void A_referee_s_stages_keep_what_a_hearing_may_need(string more)
    {
        var training = $"pipeline.stages = 4\ntraining {{ micro-batches = 2, micro-batch-size = 3, sequence-length = 16 }}\n{more}\n";
        var (ring, model) = Costs(training + "defence.copies = ring");
        var (costs, _) = Costs(training + "defence.remedy = referee");
        var activation = 2L * 3 * 16 * model.Hidden * 4;
        var kept = (long[])[2, 3, 4, 3];
        foreach (var (one, other) in costs.Zip(ring))
        {
            Assert.Equal(0, other.Kept);
            Assert.Equal(other with { Kept = one.Kept }, one);
            var afterStep = (kept[one.Block.Index] * activation) + (12 * one.CopyParameters);
            var duringPass = more.Length > 0 ? activation * (one.Block.Index is 0 or 3 ? 1 : 2) : 0;
            Assert.Equal(Math.Max(one.Activations + duringPass, afterStep), one.Activations + one.Kept);
        }
    }

    /// <summary>The state twice, and the block that is restored from it, with gradients and one micro-batch's graph.</summary>
    [Fact]
    public void A_hearing_takes_what_its_largest_block_does()
    {
        const string Training = "pipeline.stages = 4\ntraining { micro-batches = 2, micro-batch-size = 3, sequence-length = 16 }\n";
        var (costs, model) = Costs(Training + "defence.remedy = referee");
        var hearing = HearingCost.Of(_files.Read(Training + "defence.remedy = referee").Runs[0], model);
        // The graph of both micro-batches, of a stage that holds another block as well.
        Assert.InRange(hearing, costs.Max(one => 40 * one.Parameters), costs.Max(one => (40 * one.Parameters) + one.Activations));
        Assert.Equal(0, HearingCost.Of(_files.Read(Training + "defence.copies = ring").Runs[0], model));
    }

    [Fact]
    public void A_middle_stage_sends_activations_one_way_and_gradients_the_other()
    {
        var (costs, model) = Costs("pipeline.stages = 3\ntraining { micro-batches = 2, micro-batch-size = 3, sequence-length = 16 }");
        var activation = 2L * 3 * 16 * model.Hidden * 4;
        Assert.Equal([activation, 2 * activation, activation], costs.Select(c => c.Sent));
    }

    [Fact]
    public void Gradients_jump_only_where_something_is_compared()
    {
        long Jumped(string remedy) => Costs($"pipeline.stages = 4\ndefence {{ copies = middle, remedy = {remedy} }}").Costs.Sum(c => c.Jumped);
        Assert.Equal(2 * Jumped("off"), Jumped("substitute"));
    }

    [Fact]
    public void The_tied_matrix_crosses_once_each_way_and_to_holders_of_copies()
    {
        var (costs, model) = Costs("pipeline.stages = 4");
        var matrix = model.VocabularySize * (long)model.Hidden * 4;
        Assert.Equal([matrix, 0, 0, matrix], costs.Select(c => c.Tied));
        Assert.Equal([0L], Costs("pipeline.stages = 1").Costs.Select(c => c.Tied));
        Assert.Equal([matrix, 0, 0, 2 * matrix], Costs("pipeline.stages = 4\ndefence.copies = ring").Costs.Select(c => c.Tied));
    }

    [Fact]
    public void Recomputing_keeps_the_inputs_of_all_micro_batches_and_the_graph_of_one()
    {
        const string Text = "pipeline.stages = 4\ndefence.copies = middle\ntraining { micro-batches = 8, sequence-length = 16 }";
        var (all, model) = Costs(Text);
        var again = Costs(Text + "\ntraining.recompute = true").Costs;
        // One graph holds an eighth of what eight do; a middle stage with a copy computes its own and the copy's in turn.
        var (tokens, hidden) = (8 * 16L, model.Hidden * 4L);
        Assert.Equal((all[0].Activations / 8) + (tokens * 8), again[0].Activations);
        Assert.Equal((all[1].Activations / 8) + (tokens * hidden), again[1].Activations);
        Assert.Equal((all[2].Activations / 16) + (tokens * 2 * hidden), again[2].Activations);
        Assert.All(all.Zip(again), pair => Assert.Equal(pair.First.Memory - pair.First.Activations, pair.Second.Memory - pair.Second.Activations));
    }

    private (IReadOnlyList<StageCost> Costs, ModelConfig Model) Costs(string text)
    {
        var run = _files.Read(text).Runs[0];
        var model = new ModelSource(_files.Folder).Of(run).Model.Config;
        return (StageCost.Of(run, model), model);
    }
}
