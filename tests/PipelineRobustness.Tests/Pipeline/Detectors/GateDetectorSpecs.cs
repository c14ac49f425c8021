using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Detectors;

/// <summary>What a gate on norms and cosine accepts, pair by pair.</summary>
public sealed class GateDetectorSpecs
{
    private static readonly GateDetector Usual = new();

    [Theory]
    [InlineData(1, Direction.Forward, true)]
    [InlineData(-1, Direction.Forward, false)]
    [InlineData(-1, Direction.Backward, false)]
    [InlineData(1.24, Direction.Forward, true)]
    [InlineData(0.81, Direction.Forward, true)]
    [InlineData(1.26, Direction.Forward, false)]
    [InlineData(0.79, Direction.Forward, false)]
    [InlineData(1.42, Direction.Backward, true)]
    [InlineData(1.44, Direction.Backward, false)]
    [InlineData(0, Direction.Backward, false)]
    [InlineData(1e30, Direction.Forward, false)]
    public void A_multiple_is_accepted_while_the_smaller_norm_is_most_of_the_larger(double factor, Direction direction, bool isAccepted)
    {
        var reference = Reference();
        Assert.Equal(isAccepted, Usual.Compare(reference * factor, reference, direction) is null);
    }

    [Theory]
    [InlineData(0.1, true)]
    [InlineData(0.4, true)]
    [InlineData(0.6, false)]
    [InlineData(10, false)]
    public void Noise_is_accepted_while_the_direction_stays(double size, bool isAccepted)
    {
        var (reference, noise) = (Reference(), SeededRandom.Normal(2, [2, 16, 32], standardDeviation: size));
        using (noise) Assert.Equal(isAccepted, Usual.Compare(reference + noise, reference) is null);
    }

    [Fact]
    public void A_finding_says_how_far_norm_or_direction_is_off() =>
        Assert.Equal(2, Usual.Compare(tensor(new float[] { -3, -4 }), tensor(new float[] { 3, 4 }))!.Distance);

    [Fact]
    public void Zeros_are_accepted_for_zeros_of_another_sign() => Assert.Null(Usual.Compare(zeros(3), zeros(3).neg()));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_accepted_only_if_the_copy_has_all_bytes_alike(float odd)
    {
        Assert.Equal(new Finding(double.PositiveInfinity), Usual.Compare(tensor(new[] { 1, odd }), ones(2)));
        Assert.Equal(new Finding(double.PositiveInfinity), Usual.Compare(ones(2), tensor(new[] { 1, odd })));
        Assert.Equal(new Finding(double.PositiveInfinity), Usual.Compare(tensor(new[] { 2, odd }), tensor(new[] { 1, odd })));
        Assert.Null(Usual.Compare(tensor(new[] { 1, odd }), tensor(new[] { 1, odd })));
    }

    [Fact]
    public void Options_move_the_gate()
    {
        var wide = new GateDetector { ActivationNorms = 0, Cosine = -1 };
        Assert.Null(wide.Compare(tensor(new float[] { -300, 4 }), tensor(new float[] { 3, 4 })));
        Assert.NotNull((Usual with { Cosine = 1 }).Compare(tensor(new float[] { 3, 4.1f }), tensor(new float[] { 3, 4 })));
    }

    private static Tensor Reference() => SeededRandom.Normal(1, [2, 16, 32]);
}
