namespace PipelineRobustness.Models.Training;

/// <summary>Clipping gradients by their norm.</summary>
public static class Clipping
{
    /// <summary>The L2 norm from the parameters' sums of squares, added in float64 in the given order (the model's).</summary>
    public static double Norm(IEnumerable<double> squaredNorms)
    {
        var sum = 0.0;
        foreach (var squares in squaredNorms)
            sum += squares;
        return Math.Sqrt(sum);
    }

    /// <summary>
    /// The factor for the gradients: min(1, limit / (norm + 1e-6)), as in torch's <c>clip_grad_norm_</c>. A limit that
    /// is 0, negative or infinite disables clipping; if the norm is NaN, so is the coefficient.
    /// </summary>
    public static double Coefficient(double norm, double limit) =>
        limit <= 0 || double.IsPositiveInfinity(limit) ? 1 : Math.Min(1, limit / (norm + 1e-6));
}
