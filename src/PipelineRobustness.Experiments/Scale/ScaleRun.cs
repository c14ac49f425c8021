using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>Simulates a <see cref="ScaleCase"/>.</summary>
public static class ScaleRun
{
    /// <summary>Plays it on the calling thread.</summary>
    /// <param name="one">The case.</param>
    /// <param name="observer">Hears what happens.</param>
    public static string Of(ScaleCase one, IRunObserver observer)
    {
        ArgumentNullException.ThrowIfNull(one);
        using var end = one.Play.ToItsEnd(observer, _ => { });
        return $"{end.End.Outcome?.Status} {end.End.Outcome?.Reason} {end.End.Elapsed} {end.End.Turns} turns";
    }
}
