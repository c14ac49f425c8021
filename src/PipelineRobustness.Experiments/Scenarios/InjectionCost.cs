using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The time that one injection of an event cost.</summary>
/// <param name="Event">The event.</param>
/// <param name="At">When, in virtual time.</param>
/// <param name="Machine">The machine that it happened to; null for none, or all.</param>
/// <param name="Iteration">The iteration under way; null before the first and after the last.</param>
/// <param name="Lost">The time lost to it.</param>
public sealed record InjectionCost(string Event, TimeSpan At, string? Machine, long? Iteration, TimeSpan Lost)
{
    /// <summary>The cost of every injection.</summary>
    internal static IReadOnlyList<InjectionCost> Of(
        RunTimeline undisturbed, RunTimeline withScenario, IReadOnlyList<Injection> injections, GroundTruth truth) =>
        [.. injections.Zip(LostTime.Of(undisturbed, withScenario, injections, truth), (one, lost) => Of(one, lost, withScenario, undisturbed.Iterations))];

    private static InjectionCost Of(Injection one, TimeSpan lost, RunTimeline withScenario, int iterations) => new(
        $"{one.Failure}", one.At, one.Machine.Length > 0 && one.Failure.NeedsMachine ? one.Machine : null,
        LostTime.Iteration(withScenario, one.At, iterations), lost);
}
