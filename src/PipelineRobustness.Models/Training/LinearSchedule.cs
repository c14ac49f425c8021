namespace PipelineRobustness.Models.Training;

/// <summary>
/// Linear warm-up and linear decay, as in Hugging Face's <c>get_linear_schedule_with_warmup</c>: 0 at iteration 0 (with
/// a warm-up), the peak at the end of the warm-up, 0 again at <paramref name="Total"/>.
/// </summary>
/// <param name="Peak">The highest learning rate.</param>
/// <param name="WarmUp">Iterations of warm-up.</param>
/// <param name="Total">Total number of iterations.</param>
public sealed record LinearSchedule(double Peak, long WarmUp, long Total)
{
    /// <summary>The learning rate of an iteration, counted from 0.</summary>
    public double At(long iteration)
    {
        // Compute the factor first, as Hugging Face does: the last bit of the product depends on it.
        var factor = iteration < WarmUp
            ? (double)iteration / Math.Max(1, WarmUp)
            : Math.Max(0, (double)(Total - iteration) / Math.Max(1, Total - WarmUp));
        return Peak * factor;
    }
}
