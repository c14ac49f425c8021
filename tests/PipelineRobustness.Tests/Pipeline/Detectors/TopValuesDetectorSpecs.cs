using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Detectors;

/// <summary>What a comparison of the largest values accepts, pair by pair.</summary>
public sealed class TopValuesDetectorSpecs
{
    private static readonly TopValuesDetector Usual = new();

    [Theory]
    [InlineData(1, true)]
    [InlineData(1.02, true)]
    [InlineData(0.98, true)]
    [InlineData(1.2, false)]
    [InlineData(0.5, false)]
    [InlineData(2, false)]
    public void A_multiple_is_accepted_while_mantissas_are_near(double factor, bool isAccepted)
    {
        var reference = Reference();
        Assert.Equal(isAccepted, Usual.Compare(reference * factor, reference) is null);
    }

    /// <summary>Exponents and mantissas are compared, as published: a sign is neither.</summary>
    [Fact]
    public void A_flipped_sign_is_not_seen()
    {
        var reference = Reference();
        Assert.Null(Usual.Compare(-reference, reference));
    }

    [Theory]
    [InlineData(1e-3, true)]
    [InlineData(0.05, true)]
    [InlineData(1, false)]
    public void Noise_is_accepted_while_it_is_small_against_the_largest_values(double size, bool isAccepted)
    {
        var (reference, noise) = (Reference(), SeededRandom.Normal(2, [2, 16, 64], standardDeviation: size));
        using (noise) Assert.Equal(isAccepted, Usual.Compare(reference + noise, reference) is null);
    }

    [Fact]
    public void Values_below_the_largest_may_be_any()
    {
        var reference = Reference();
        using var magnitudes = reference.abs().flatten();
        using var isSmall = reference.abs() < magnitudes.topk(128).values.min();
        Assert.Null(Usual.Compare(where(isSmall, zeros_like(reference), reference), reference));
        var other = Reference();
        Assert.NotNull((Usual with { Values = 2000 }).Compare(where(isSmall, zeros_like(other), other), other));
    }

    [Fact]
    public void Each_group_of_tokens_is_compared_by_itself_and_the_last_may_be_short()
    {
        var reference = SeededRandom.Normal(3, [1, 80, 64]);
        var received = reference.clone();
        received[0, 79] = zeros(64);
        Assert.NotNull((Usual with { Tokens = 39 }).Compare(received.clone(), reference.clone()));
        received[0, 79] = reference[0, 79];
        Assert.Null((Usual with { Tokens = 39 }).Compare(received, reference));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_accepted_only_if_the_copy_has_it(float odd)
    {
        Assert.NotNull(Usual.Compare(tensor(new[] { odd, odd }), ones(2)));
        Assert.NotNull(Usual.Compare(ones(2), tensor(new[] { odd, odd })));
        Assert.Null(Usual.Compare(tensor(new[] { 1, odd }), tensor(new[] { 1, odd })));
    }

    [Fact]
    public void A_loss_is_compared_as_the_one_value_that_it_is()
    {
        Assert.Null(Usual.Compare(tensor(3.01f), tensor(3f)));
        Assert.Equal(new Finding(1), Usual.Compare(tensor(30f), tensor(3f)));
    }

    private static Tensor Reference() => SeededRandom.Normal(1, [2, 16, 64]);
}
