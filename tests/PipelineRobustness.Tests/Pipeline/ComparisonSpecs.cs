using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>When two values count as the same, and how far apart they are.</summary>
public sealed class ComparisonSpecs
{
    [Fact]
    public void A_byte_comparison_takes_nan_as_itself_and_minus_zero_as_another()
    {
        Assert.True(Same([float.NaN, 1], [float.NaN, 1], 0));
        Assert.False(Same([-0f], [0f], 0));
        Assert.True(Same([-0f], [0f], 1e-9));
    }

    [Fact]
    public void A_tensor_of_another_shape_or_type_is_never_the_same()
    {
        using var row = zeros(1, 4);
        using var column = zeros(4, 1);
        using var wide = zeros([1, 4], float64);
        Assert.False(TensorComparison.Same(row, column, 1));
        Assert.False(TensorComparison.Same(row, wide, 1));
        Assert.Equal(double.PositiveInfinity, TensorComparison.Distance(row, column));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_value_finite_on_one_side_only_is_a_verdict_under_any_tolerance(float odd)
    {
        Assert.False(Same([1, odd], [1, 1], 1e30));
        Assert.False(Same([1, 1], [1, odd], 1e30));
        Assert.True(Same([1, odd], [1, odd], 1e-3));
    }

    [Fact]
    public void The_distance_is_relative_to_the_largest_honest_value()
    {
        using var honest = tensor(new float[] { 1, -4, 2 });
        using var sent = tensor(new float[] { 1, -4, 4 });
        Assert.Equal(0.5, TensorComparison.Distance(sent, honest));
    }

    [Fact]
    public void A_tolerance_accepts_exactly_the_values_within_it() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 1000).ToArbitrary(),
        Gen.Choose(1, 1000).ToArbitrary(),
        (by, tolerance) =>
        {
            using var honest = ones(3, 5);
            using var sent = honest + (by / 1024f);
            return TensorComparison.Same(sent, honest, tolerance / 1024.0) == (by <= tolerance);
        }));

    private static bool Same(float[] sent, float[] computed, double tolerance)
    {
        using var left = tensor(sent);
        using var right = tensor(computed);
        return TensorComparison.Same(left, right, tolerance);
    }
}
