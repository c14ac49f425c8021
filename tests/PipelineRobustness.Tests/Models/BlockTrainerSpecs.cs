using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Gradients, moments and step counts of a block, and copies of its state.</summary>
public sealed class BlockTrainerSpecs
{
    public BlockTrainerSpecs() => set_num_threads(1);

    [Fact]
    public void Training_resumes_from_a_captured_state_to_the_same_bits()
    {
        var config = Tiny.Config();
        using var loop = Tiny.Loop(config);
        for (var iteration = 0; iteration < 2; iteration++)
            loop.Train(iteration);
        using var captured = loop.Capture();
        loop.Train(2);

        using var other = Tiny.Loop(config, seed: 99);
        using (NewDisposeScope())
            other.Trainer.Restore(captured);
        other.Train(2);
        Assert.Equal(loop.StateFingerprint(), other.StateFingerprint());
        Assert.Equal(loop.Trainer.StateDigest(), other.Trainer.StateDigest());
        Assert.Equal([3], captured.Parameters.Select(parameter => parameter.Steps + 1).Distinct());
    }

    [Fact]
    public void A_captured_state_is_a_copy_that_restores_any_block_of_the_model()
    {
        var config = Tiny.Config();
        using var loop = Tiny.Loop(config);
        using var before = loop.Capture();
        var fingerprint = Fingerprint.State(before.Parameters, 0);
        loop.Train(0);
        loop.Train(1);
        Assert.Equal(fingerprint, Fingerprint.State(before.Parameters, 0));

        using var now = loop.Capture();
        using var cut = Tiny.Cut(config, 3, seed: 99);
        foreach (var trainer in cut.Trainers)
            trainer.Restore(now);
        Assert.Equal(Fingerprint.State(now.Parameters, 0), cut.StateFingerprint());
    }

    [Fact]
    public void A_detached_state_is_the_live_one_and_outlives_its_trainer()
    {
        BlockState state;
        string expected;
        using (var loop = Tiny.Loop(Tiny.Config()))
        {
            loop.Train(0);
            state = loop.Trainer.DetachState();
            Assert.Equal(loop.StateFingerprint(), Fingerprint.State(state.Parameters, 0));
            loop.Trainer.LiveState[^1].add_(1);
            expected = loop.StateFingerprint();
        }

        using (state)
            Assert.Equal(expected, Fingerprint.State(state.Parameters, 0));
    }

    [Fact]
    public void A_state_of_another_shape_is_refused_and_nothing_is_written()
    {
        using var loop = Tiny.Loop(Tiny.Config());
        using var shorter = Tiny.Loop(Tiny.Config(layers: 3));
        using var wider = Tiny.Loop(Tiny.Config() with { Inner = 32 });
        var digest = loop.Trainer.StateDigest();
        foreach (var other in new[] { shorter, wider })
        {
            using var state = other.Capture();
            Assert.Throws<ArgumentException>(() => loop.Trainer.Restore(state));
        }
        Assert.Equal(digest, loop.Trainer.StateDigest());
    }

    [Fact]
    public void A_parameter_without_gradient_is_neither_stepped_decayed_nor_counted()
    {
        var config = Tiny.Config();
        using var cut = Tiny.Cut(config, 2);
        var frozen = cut.Trainers[0];
        frozen.ClearGradients();
        var digest = frozen.StateDigest();
        Assert.All(frozen.SquaredNorms(), squares => Assert.Equal(0, squares));
        frozen.Step(0.1, 0.5);
        Assert.Equal(digest, frozen.StateDigest());
    }

    [Fact]
    public void A_step_scales_gradients_by_the_coefficient_and_clears_them()
    {
        var config = Tiny.Config();
        using var halved = Tiny.Cut(config, 1);
        using var plain = Tiny.Cut(config, 1);
        var windows = Tiny.Windows();
        foreach (var (model, share, coefficient) in new[] { (halved, 1, 0.5), (plain, 2, 1.0) })
        {
            using var targets = windows.Targets(0, 0);
            using var inputs = windows.Inputs(0, 0);
            model.ForwardBackward(inputs, logits => CrossEntropy.Mean(logits, targets), share);
            model.CombineTied();
            model.Trainers[0].Step(1e-3, coefficient);
        }
        Assert.Equal(plain.StateFingerprint(), halved.StateFingerprint());
        Assert.All(plain.Parameters, parameter => Assert.Null(parameter.Value.grad));
    }

    [Fact]
    public void Digests_change_with_a_single_bit_of_a_weight_moment_or_gradient()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Cut(Tiny.Config(), 1);
        var trainer = model.Trainers[0];
        model.ForwardBackward(zeros([1, 4], int64), logits => logits.sum());
        var gradients = trainer.GradientDigest();
        trainer.Block.Parameters[3].Value.grad!.bytes[0] ^= 1;
        Assert.NotEqual(gradients, trainer.GradientDigest());
        using var state = trainer.Capture();
        var digest = trainer.StateDigest();
        state.Parameters[5].Weight.bytes[0] ^= 1;
        Assert.NotEqual(digest, DigestOf(trainer, state));
        state.Parameters[5].Weight.bytes[0] ^= 1;
        state.Parameters[7].SecondMoment.bytes[0] ^= 1;
        Assert.NotEqual(digest, DigestOf(trainer, state));
        state.Parameters[7].SecondMoment.bytes[0] ^= 1;
        Assert.Equal(digest, DigestOf(trainer, state));
    }

    [Fact]
    public void Only_both_ends_of_a_tied_model_exchange_a_gradient()
    {
        static IEnumerable<bool> Have(CutModel model)
        {
            using (model)
            {
                model.ForwardBackward(zeros([1, 4], int64), logits => logits.sum());
                return [.. model.Trainers.Select(trainer =>
                {
                    using var gradient = trainer.TakeTiedGradient();
                    return gradient is not null;
                })];
            }
        }

        using var scope = NewDisposeScope();
        Assert.Equal([true, false, true], Have(Tiny.Cut(Tiny.Config(), 3)));
        Assert.Equal([false, false, false], Have(Tiny.Cut(Tiny.Config(tied: false), 3)));
        Assert.Equal([false], Have(Tiny.Cut(Tiny.Config(), 1)));
    }

    private static UInt128 DigestOf(BlockTrainer trainer, BlockState state)
    {
        trainer.Restore(state);
        return trainer.StateDigest();
    }
}
