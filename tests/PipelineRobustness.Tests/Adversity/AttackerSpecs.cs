using System.Buffers.Binary;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>What each attacker sends, by examples that were worked by hand.</summary>
public sealed class AttackerSpecs : IDisposable
{
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_multiple_is_sent() => Assert.Equal([-3, 6, -1.5f], Sent(new Scale { Rate = 1, Factor = -3 }, 1, -2, 0.5f));

    [Fact]
    public void A_multiple_of_the_mean_magnitude_is_added() => Assert.Equal([5, 2, 7], Sent(new Bias { Rate = 1, Factor = 2 }, 1, -2, 3));

    [Fact]
    public void A_constant_is_sent() => Assert.Equal([7, 7], Sent(new Constant { Rate = 1, Value = 7 }, 1, float.NaN));

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Signs_are_flipped_with_a_probability_and_nothing_else_changes(double probability)
    {
        var honest = randn(4, 32, 64);
        using var stage = new AttackedStage(new RandomSign { Rate = 1, Probability = probability });
        using var sent = stage.Send(0, honest).clone();
        Assert.True(sent.abs().bytes.SequenceEqual(honest.abs().bytes));
        Assert.Equal(probability, sent.ne(honest).to(float32).mean().item<float>(), 0.02);
        Assert.Equal(probability > 0, stage.Events.Count == 1);
    }

    [Fact]
    public void Noise_of_the_own_mean_and_deviation_is_added()
    {
        Assert.Equal([6, 6, 6], Sent(new OwnNoise { Rate = 1 }, 3, 3, 3));
        var honest = randn(4, 32, 64).mul(2).add(5);
        using var stage = new AttackedStage(new OwnNoise { Rate = 1 });
        using var added = stage.Send(0, honest).sub(honest);
        Assert.Equal(5, added.mean().item<float>(), 0.1);
        Assert.Equal(2, added.std().item<float>(), 0.1);
    }

    [Fact]
    public void An_earlier_micro_batch_is_replayed()
    {
        using var stage = new AttackedStage(new Replay { Rate = 1, Delay = 2 });
        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(m => stage.Sent(m, Numbers(m))[0]));
        stage.Begin(1);
        Assert.Equal([2], stage.Sent(2, Numbers(2)));
    }

    /// <summary>Backward, what takes the jump is of the stage's copy: its input is another.</summary>
    [Fact]
    public void A_lazy_stage_hands_its_input_on()
    {
        using var forward = new AttackedStage(new Lazy { Rate = 1 });
        forward.Receive(Direction.Backward, 0, Numbers(9, 9));
        forward.Receive(Direction.Forward, 0, Numbers(1, 2));
        Assert.Equal([1, 2], forward.Sent(0, Numbers(5, 6)));
        Assert.Equal([1, 2], forward.Sent(0, Numbers(5, 6), Link.Jump));
        // The loss of the last stage has another shape than its input.
        Assert.Equal([5], forward.Sent(0, Numbers(5)));

        using var backward = new AttackedStage(new Lazy { Rate = 1 }, Direction.Backward);
        backward.Receive(Direction.Backward, 0, Numbers(1, 2));
        backward.Receive(Direction.Backward, 0, Numbers(3, 4), Link.Jump);
        Assert.Equal([1, 2], backward.Sent(0, Numbers(5, 6)));
        Assert.Equal([3, 4], backward.Sent(0, Numbers(5, 6), Link.Jump));
    }

    /// <summary>From (1, 0) the block made (1, 2), and from (0, 1) it made (0, 3): it added 2 (a + b) to the second number of (a, b).</summary>
    [Fact]
    public void A_cheap_stage_works_the_first_micro_batch_and_maps_all_others()
    {
        using var stage = new AttackedStage(new Cheap { Rate = 1, Ridge = 1e-6 });
        stage.Receive(Direction.Forward, 0, Rows([1, 0], [0, 1]));
        Assert.Equal([1, 2, 0, 3], stage.Sent(0, Rows([1, 2], [0, 3])));
        Assert.Empty(stage.Events);
        stage.Receive(Direction.Forward, 1, Rows([2, 1], [0, 0]));
        foreach (var (number, expected) in stage.Sent(1, Rows([9, 9], [9, 9])).Zip((float[])[2, 7, 0, 0])) Assert.Equal(expected, number, 1e-3f);
        Assert.Single(stage.Events);
        stage.Begin(1);
        stage.Receive(Direction.Forward, 1, Rows([2, 1], [0, 0]));
        Assert.Equal([9, 9, 9, 9], stage.Sent(1, Rows([9, 9], [9, 9])));
    }

    /// <summary>The mean gradient of the last attempt is (0, 4): half a row's norm of 5 goes its way.</summary>
    [Fact]
    public void Half_the_norm_is_added_in_the_direction_in_which_the_loss_rose()
    {
        using var stage = new AttackedStage(new WorstDirection { Rate = 1, Strength = 0.5 });
        var honest = Rows([3, 4], [4, 3]);
        stage.Begin(0);
        stage.Receive(Direction.Backward, 0, Rows([7, 0], [7, 0]));
        stage.Begin(0, attempt: 1);
        Assert.Equal([3, 4, 4, 3], stage.Sent(0, honest));
        stage.Receive(Direction.Backward, 0, Rows([0, 3], [0, 1]));
        stage.Receive(Direction.Backward, 1, Rows([0, 5], [0, 7]));
        stage.Begin(1);
        Assert.Equal([3, 6.5f, 4, 5.5f], stage.Sent(0, honest));
        Assert.Equal([3, 6.5f, 4, 5.5f], stage.Sent(0, honest, Link.Jump));
        stage.Begin(2);
        Assert.Equal([3, 4, 4, 3], stage.Sent(0, honest));
    }

    [Fact]
    public void Backward_the_worst_direction_is_against_the_gradient_that_was_sent()
    {
        using var stage = new AttackedStage(new WorstDirection { Rate = 1, Strength = 0.5 }, Direction.Backward);
        stage.Begin(0);
        Assert.Equal([0, 3, 0, 5], stage.Sent(0, Rows([0, 3], [0, 5])));
        stage.Sent(0, Rows([7, 0], [7, 0]), Link.Jump);
        stage.Begin(1);
        Assert.Equal([3, 1.5f, 4, 0.5f], stage.Sent(0, Rows([3, 4], [4, 3])));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 0.1)]
    [InlineData(15, 0.5)]
    [InlineData(99, 0.8)]
    public void A_drift_grows_from_nothing_to_its_most(long iteration, double strength)
    {
        using var stage = new AttackedStage(new SlowDrift { Rate = 1, Growth = 0.1, Most = 0.8, From = 10 });
        stage.Begin(iteration - 1);
        stage.Receive(Direction.Backward, 0, Rows([0, 1]));
        stage.Begin(iteration);
        Assert.Equal(4 + (5 * strength), stage.Sent(0, Rows([3, 4]))[1], 1e-5);
        Assert.Equal(strength > 0, stage.Events.Count == 1);
    }

    [Fact]
    public void Something_must_have_broken_before_a_stage_lies_in_recovery()
    {
        using (var stage = new AttackedStage(new InRecovery { Rate = 1 })) Assert.Equal([1], stage.Sent(0, Numbers(1)));
        using var broken = new AttackedStage(new InRecovery { Rate = 1, Of = "uniform" }) { FollowsRecovery = true };
        using var uniform = new AttackedStage(new UniformNoise { Rate = 1 });
        Assert.Equal(uniform.Sent(0, Numbers(1)), broken.Sent(0, Numbers(1)));
    }

    [Fact]
    public void A_gambler_tells_the_truth_where_the_draw_from_the_seed_has_an_audit()
    {
        using var stage = new AttackedStage(new Gambler { Rate = 1 }, seed: 7, audited: 0.5);
        var lies = 0;
        foreach (var (iteration, attempt) in from iteration in Enumerable.Range(0, 20) from attempt in (int[])[0, 1] select (iteration, attempt))
        {
            stage.Begin(iteration, attempt);
            var key = AuditDraw.PublicKey(7, AuditKind.Pass, iteration, attempt);
            foreach (var microBatch in Enumerable.Range(0, 5))
            {
                var isHeard = AuditDraw.HasPart(key, 2, microBatch, 0.5);
                Assert.Equal([isHeard ? 1 : -1], stage.Sent(microBatch, Numbers(1)));
                if (!isHeard) lies++;
            }
        }

        Assert.InRange(lies, 70, 130);
    }

    /// <summary>What it is asked for in an attempt matters from the next iteration on, and only if it is of its own block.</summary>
    [Fact]
    public void A_gambler_tells_the_truth_where_it_was_last_asked()
    {
        using var stage = new AttackedStage(new Gambler { Rate = 1, By = AuditBelief.Asked });
        float[] Sent(long iteration, int attempt = 0)
        {
            stage.Begin(iteration, attempt);
            return [.. Enumerable.Range(0, 3).SelectMany(m => stage.Sent(m, Numbers(1)))];
        }

        Assert.Equal([-1, -1, -1], Sent(0));
        foreach (var microBatch in (int[])[1, 2]) stage.Show(microBatch, Numbers(1));
        stage.Show(0, Numbers(1), block: 1);
        Assert.Equal([-1, -1, -1], Sent(0, attempt: 1));
        Assert.Equal([-1, 1, 1], Sent(1));
        Assert.Equal([-1, 1, 1], Sent(2));
        stage.Show(0, Numbers(1));
        Assert.Equal([-1, 1, 1], Sent(2, attempt: 1));
        Assert.Equal([1, -1, -1], Sent(3));
    }

    /// <summary>The detector accepts a change of half at most. Of 1 to -1 a quarter of the way passes, 0.5, and then a half of it.</summary>
    [Fact]
    public void A_mimic_lies_as_much_as_its_copy_of_the_detector_lets_pass()
    {
        using var stage = new AttackedStage(new Mimic { Rate = 1, From = 1 }, detector: new SteadyDetector());
        stage.Begin(0);
        Assert.Equal([1], stage.Sent(0, Numbers(1)));
        Assert.Equal([1], stage.Sent(0, Numbers(1), Link.Jump));
        foreach (var attempt in (int[])[0, 1])
        {
            stage.Begin(1, attempt);
            Assert.Equal([0.5f], stage.Sent(0, Numbers(1)));
            Assert.Equal([0.5f], stage.Sent(0, Numbers(1), Link.Jump));
            Assert.Equal([0], stage.Sent(1, Numbers(1)));
            Assert.Equal([0], stage.Sent(1, Numbers(1), Link.Jump));
        }

        stage.Begin(2);
        Assert.Equal([-0.25f], stage.Sent(0, Numbers(0.25f)));
    }

    [Fact]
    public void A_mimic_tells_no_lie_to_an_exact_detector_and_the_whole_one_to_none()
    {
        using var exact = new AttackedStage(new Mimic { Rate = 1 }, detector: new CopyDetector());
        Assert.Equal([1], exact.Sent(0, Numbers(1)));
        using var tolerant = new AttackedStage(new Mimic { Rate = 1 }, detector: new CopyDetector { Tolerance = 0.1 });
        Assert.Equal([1 - (2 / 32f)], tolerant.Sent(0, Numbers(1)));
        using var other = new AttackedStage(new Mimic { Rate = 1, Detector = "copies" }, detector: new CopyDetector { Tolerance = 0.1 });
        Assert.Equal([1], other.Sent(0, Numbers(1)));
        using var free = new AttackedStage(new Mimic { Rate = 1 });
        Assert.Equal([-1], free.Sent(0, Numbers(1)));
    }

    private static float[] Sent(Attack attack, params float[] honest)
    {
        using var stage = new AttackedStage(attack);
        using var truth = tensor(honest);
        return stage.Sent(0, truth);
    }

    private static Tensor Numbers(params float[] numbers) => tensor(numbers);

    // One sequence; each row is a token's.
    private static Tensor Rows(params float[][] rows) => stack([.. rows.Select(row => tensor(row))]).unsqueeze(0);

    private sealed class SteadyDetector : IDetector
    {
        public string Name => "steady";

        public bool NeedsCopy => false;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) =>
            new Last { Value = saved.IsEmpty ? null : BinaryPrimitives.ReadSingleLittleEndian(saved) };

        public Finding? Inspect(in Observation observation, IDetectorState state)
        {
            var (last, value) = ((Last)state, observation.Received.item<float>());
            if (Math.Abs(value - (last.Value ?? value)) > 0.5f) return new Finding(value);
            last.Value = value;
            return null;
        }

        private sealed class Last : IDetectorState
        {
            public float? Value { get; set; }

            public byte[] Save()
            {
                if (Value is not { } value) return [];
                var saved = new byte[sizeof(float)];
                BinaryPrimitives.WriteSingleLittleEndian(saved, value);
                return saved;
            }
        }
    }
}
