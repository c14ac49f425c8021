namespace PipelineRobustness.Models.Training;

/// <summary>
/// Linear warm-up and linear decay as Hugging Face's <c>get_linear_schedule_with_warmup</c>: 0 at iteration 0 (where
/// there is a warm-up), the peak at the end of the warm-up, 0 again at <paramref name="Total"/>.
/// </summary>
/// <param name="Peak">The highest learning rate.</param>
/// <param name="WarmUp">Iterations of warm-up.</param>
/// <param name="Total">Iterations in all.</param>
public sealed record LinearSchedule(double Peak, long WarmUp, long Total)
{
    /// <summary>The learning rate of an iteration, counted from 0.</summary>
    public double At(long iteration)
    {
        // The factor is computed first, as Hugging Face's lambda does: the product's last bit depends on it.
        var factor = iteration < WarmUp
            ? (double)iteration / Math.Max(1, WarmUp)
            : Math.Max(0, (double)(Total - iteration) / Math.Max(1, Total - WarmUp));
        return Peak * factor;
    }
}
