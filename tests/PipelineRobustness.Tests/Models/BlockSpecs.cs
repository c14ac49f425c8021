using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>The numbers do not depend on the cut.</summary>
public sealed class BlockSpecs
{
    public BlockSpecs() => set_num_threads(1);

    [Theory, InlineData(true), InlineData(false)]
    public void A_model_cut_into_blocks_trains_to_the_same_bits_as_the_plain_loop(bool tied)
    {
        var config = Tiny.Config(tied: tied);
        using var plain = Tiny.Loop(config);
        var losses = Enumerable.Range(0, 3).Select(iteration => plain.Train(iteration)).ToList();
        for (var stages = 1; stages <= config.Layers; stages++)
        {
            using var cut = Tiny.Cut(config, stages);
            var own = Enumerable.Range(0, 3).Select(iteration => cut.Train(
                Tiny.Windows(), iteration, Tiny.MicroBatches, Tiny.Schedule.At(iteration), Tiny.Clip));
            Assert.Equal(losses, own);
            Assert.Equal(plain.StateFingerprint(), cut.StateFingerprint());
        }
    }

    [Fact]
    public void A_cut_model_evaluates_to_the_same_bits_as_the_plain_loop()
    {
        var config = Tiny.Config();
        var windows = new EvaluationWindows(Tiny.Tokens(100), Tiny.Time, Tiny.MicroBatchSize);
        using var plain = Tiny.Loop(config);
        var expected = plain.Evaluate(windows);
        using var cut = Tiny.Cut(config, 3);
        var sum = 0.0;
        for (var microBatch = 0; microBatch < windows.MicroBatches; microBatch++)
        {
            using var scope = NewDisposeScope();
            foreach (var window in CrossEntropy.SumPerWindow(cut.Logits(windows.Inputs(microBatch)), windows.Targets(microBatch)))
                sum += window;
        }
        Assert.Equal(expected, sum / windows.TargetCount);
    }

    [Fact]
    public void Clipping_per_block_equals_the_plain_loop_with_the_same_blocks()
    {
        var config = Tiny.Config();
        using var plain = Tiny.Loop(config, Cut.Balanced(config, 2));
        using var cut = Tiny.Cut(config, 2);
        using var global = Tiny.Loop(config);
        for (var iteration = 0; iteration < 3; iteration++)
        {
            plain.Train(iteration);
            global.Train(iteration);
            cut.Train(Tiny.Windows(), iteration, Tiny.MicroBatches, Tiny.Schedule.At(iteration), Tiny.Clip, perStage: true);
        }
        Assert.Equal(plain.StateFingerprint(), cut.StateFingerprint());
        Assert.NotEqual(plain.StateFingerprint(), global.StateFingerprint());
    }

    [Theory, InlineData(1), InlineData(3)]
    public void A_tied_head_stays_equal_to_its_embedding(int stages)
    {
        using var cut = Tiny.Cut(Tiny.Config(), stages);
        for (var iteration = 0; iteration < 3; iteration++)
            cut.Train(Tiny.Windows(), iteration, Tiny.MicroBatches, Tiny.Schedule.At(iteration), Tiny.Clip);
        var head = cut.Parameters.Single(parameter => parameter.TiedTo is not null);
        var embedding = cut.Parameters.Single(parameter => parameter.Name == head.TiedTo);
        Assert.True(head.Value.bytes.SequenceEqual(embedding.Value.bytes));
    }

    [Fact]
    public void Seeded_weights_depend_on_the_seed_but_not_on_the_cut()
    {
        var config = Tiny.Config();
        using var whole = Tiny.Cut(config, 1);
        using var other = Tiny.Cut(config, 1, seed: 8);
        for (var stages = 2; stages <= config.Layers; stages++)
        {
            using var cut = Tiny.Cut(config, stages);
            Assert.Equal(whole.StateFingerprint(), cut.StateFingerprint());
        }
        Assert.NotEqual(whole.StateFingerprint(), other.StateFingerprint());
    }

    [Fact]
    public void A_block_modifies_neither_its_input_nor_its_output()
    {
        using var scope = NewDisposeScope();
        using var cut = Tiny.Cut(Tiny.Config(), 2);
        var input = randn(2, Tiny.Time, 16).requires_grad_(true);
        var before = input.detach().clone();
        var output = cut.Trainers[1].Block.Forward(input);
        var given = output.detach().clone();
        output.backward([ones_like(output)]);
        Assert.True(before.bytes.SequenceEqual(input.detach().bytes));
        Assert.True(given.bytes.SequenceEqual(output.detach().contiguous().bytes));
    }

    [Fact]
    public void A_sequence_longer_than_the_number_of_positions_is_refused()
    {
        using var scope = NewDisposeScope();
        using var cut = Tiny.Cut(Tiny.Config(), 1);
        Assert.Throws<ArgumentException>(() => cut.Logits(zeros([1, 17], int64)));
    }
}
