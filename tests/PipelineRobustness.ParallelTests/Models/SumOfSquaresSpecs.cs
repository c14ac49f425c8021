using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Tests.Models;

/// <summary>The sum of squares, used for norms.</summary>
public sealed class SumOfSquaresSpecs
{
    [Fact]
    public void The_sum_of_squares_has_float64_precision_at_any_length_and_alignment()
    {
        var values = Enumerable.Range(0, 100).Select(i => (float)(SeededRandom.Unit(SeededRandom.Key(3, "squares", i)) * 100)).ToArray();
        for (var length = 0; length <= values.Length; length++)
        {
            var exact = values[..length].Sum(value => (decimal)(double)value * (decimal)(double)value);
            var own = SumOfSquares.Of(values.AsSpan(0, length));
            Assert.InRange(own, (double)exact * (1 - 1e-9), (double)exact * (1 + 1e-9));
            float[] shifted = [0, .. values[..length]];
            Assert.Equal(own, SumOfSquares.Of(shifted.AsSpan(1)));
        }
        Assert.Equal(double.PositiveInfinity, SumOfSquares.Of([1, float.PositiveInfinity]));
        Assert.Equal(double.NaN, SumOfSquares.Of([1, float.NaN]));
        Assert.Equal(9e76, SumOfSquares.Of([3e38f]), 1e72);   // beyond float32
    }
}
