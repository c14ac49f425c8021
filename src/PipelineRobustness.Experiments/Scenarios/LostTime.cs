using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>
/// How much time was lost to which injection.
/// <list type="number">
/// <item>The loss of a part of a run (its start, an iteration, its end) is how much longer it took than the same part of the
/// undisturbed run. A run that does not finish loses all time since its last commit.</item>
/// <item>A loss is attributed to the injections within the part; if there were none, to the last injections before it, whose
/// effect may persist.</item>
/// <item>Of several injections, those that cause no delay (a machine that joins or has no stage, a duplicate, a full disk) are
/// charged nothing.</item>
/// <item>Of the others, each but the first is charged the time from its instant to the end of the part, less the undisturbed time
/// and less what later ones are charged. The first is charged the rest, which includes the earlier work that was lost.</item>
/// <item>Injections at the same instant share equally.</item>
/// </list>
/// The sum over all injections is the extra time that the run took.
/// </summary>
internal static class LostTime
{
    /// <summary>The time lost to each injection, in their order.</summary>
    /// <param name="undisturbed">The run without the scenario.</param>
    /// <param name="withScenario">The run under it.</param>
    /// <param name="injections">What was injected, in the order of time.</param>
    /// <param name="truth">Which machine had a stage, and when.</param>
    public static IReadOnlyList<TimeSpan> Of(
        RunTimeline undisturbed, RunTimeline withScenario, IReadOnlyList<Injection> injections, GroundTruth truth)
    {
        var lost = new TimeSpan[injections.Count];
        foreach (var part in Parts(undisturbed, withScenario))
        {
            var blamed = Blamed(part, injections, truth);
            if (blamed.Count == 0) continue;
            var borne = TimeSpan.Zero;
            foreach (var instant in blamed.Skip(1).Reverse())
            {
                var since = part.Ends - injections[instant[0]].At - part.Expected;
                var share = since > borne ? since - borne : TimeSpan.Zero;
                Share(lost, instant, share);
                borne += share;
            }

            Share(lost, blamed[0], part.Excess - borne);
        }

        return lost;
    }

    /// <summary>The iteration under way at a time; null before the first and after the last.</summary>
    public static long? Iteration(RunTimeline withScenario, TimeSpan at, int iterations)
    {
        var reached = withScenario.Reached.Count(r => r <= at);
        return reached > 0 && reached <= iterations ? reached - 1 : null;
    }

    private static IEnumerable<Part> Parts(RunTimeline undisturbed, RunTimeline withScenario)
    {
        var (expected, instants) = (Instants(undisturbed), Instants(withScenario));
        for (var part = 1; part < instants.Count; part++)
        {
            var isUnfinished = part == instants.Count - 1 && withScenario.Iterations < undisturbed.Iterations;
            yield return new Part(instants[part - 1], instants[part], isUnfinished ? TimeSpan.Zero : expected[part] - expected[part - 1]);
        }
    }

    private static List<TimeSpan> Instants(RunTimeline timeline) => [TimeSpan.Zero, .. timeline.Reached, timeline.Elapsed];

    // The indices of the injections charged with a part's loss, grouped by instant, in the order of time.
    private static List<int[]> Blamed(Part part, IReadOnlyList<Injection> injections, GroundTruth truth)
    {
        var all = Enumerable.Range(0, injections.Count);
        var candidates = all.Where(i => injections[i].At >= part.Begins && injections[i].At < part.Ends).ToList();
        if (candidates.Count == 0)
        {
            var last = injections.LastOrDefault(injection => injection.At < part.Ends)?.At;
            candidates = [.. all.Where(i => injections[i].At == last)];
        }

        if (candidates.Exists(i => Interrupts(injections[i], truth))) candidates.RemoveAll(i => !Interrupts(injections[i], truth));
        return [.. candidates.GroupBy(i => injections[i].At).Select(instant => instant.ToArray())];
    }

    private static bool Interrupts(Injection injection, GroundTruth truth) => injection.Failure.Interrupts
        && (injection.Machine.Length == 0 || injection.Failure.Target.IsServer || truth.Works(injection.Machine, injection.At));

    // Exact to the tick: the first is charged the remainder of the division.
    private static void Share(TimeSpan[] lost, int[] injections, TimeSpan time)
    {
        var each = new TimeSpan(time.Ticks / injections.Length);
        foreach (var injection in injections) lost[injection] += each;
        lost[injections[0]] += time - (each * injections.Length);
    }

    // Expected: how long the same part takes in the undisturbed run.
    private readonly record struct Part(TimeSpan Begins, TimeSpan Ends, TimeSpan Expected)
    {
        public TimeSpan Excess => Ends - Begins - Expected;
    }
}
