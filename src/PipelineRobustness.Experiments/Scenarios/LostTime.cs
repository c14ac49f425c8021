using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>
/// Which time was lost to which failure. What an iteration takes longer than the same one undisturbed is lost to what struck in
/// it; where nothing did, to what struck last before it, for it may still last. Where several did, who joins, what arrives twice, a full
/// disk, and what befalls a machine that works no stage, bears nothing beside others; of these a later one bears the time from its instant to
/// the commit, less what the iteration takes undisturbed and what those behind it bear; the first bears the rest, and so also
/// what was worked before it and came to nothing. Those of one instant share alike. The sum is what the run took longer. Of a run
/// that did not come to its end all time since its last commit is lost.
/// </summary>
internal static class LostTime
{
    /// <summary>Of each strike, in their order.</summary>
    /// <param name="undisturbed">The run without the scenario.</param>
    /// <param name="played">The run under it.</param>
    /// <param name="strikes">What struck, in the order of time.</param>
    /// <param name="fate">Who worked when.</param>
    public static IReadOnlyList<TimeSpan> Of(Course undisturbed, Course played, IReadOnlyList<Strike> strikes, Fate fate)
    {
        var lost = new TimeSpan[strikes.Count];
        var (takes, came) = (Instants(undisturbed), Instants(played));
        for (var part = 1; part < came.Count; part++)
        {
            var inVain = part == came.Count - 1 && played.Iterations < undisturbed.Iterations;
            var (begins, ends, undisturbedly) = (came[part - 1], came[part], inVain ? TimeSpan.Zero : takes[part] - takes[part - 1]);
            var here = Enumerable.Range(0, strikes.Count).Where(s => strikes[s].At >= begins && strikes[s].At < ends).ToList();
            if (here.Count == 0) here = [.. Last(strikes, ends)];
            if (here.Where(s => Interrupts(strikes[s], fate)).ToList() is { Count: > 0 } interrupting) here = interrupting;
            var left = ends - begins - undisturbedly;
            var instants = here.GroupBy(s => strikes[s].At).Select(at => (At: at.Key, Strikes: at.ToArray())).ToList();
            for (var instant = instants.Count - 1; instant > 0; instant--)
            {
                var since = ends - instants[instant].At - undisturbedly;
                var behind = (ends - begins - undisturbedly) - left;
                var bears = since > behind ? since - behind : TimeSpan.Zero;
                Share(lost, instants[instant].Strikes, bears);
                left -= bears;
            }

            if (instants.Count > 0) Share(lost, instants[0].Strikes, left);
        }

        return lost;
    }

    // To the tick: what does not divide the first of them bears.
    private static void Share(TimeSpan[] lost, int[] strikes, TimeSpan time)
    {
        var each = new TimeSpan(time.Ticks / strikes.Length);
        foreach (var strike in strikes) lost[strike] += each;
        lost[strikes[0]] += time - (each * strikes.Length);
    }

    // All that struck at the last instant before a time at which anything did.
    private static IEnumerable<int> Last(IReadOnlyList<Strike> strikes, TimeSpan before)
    {
        var last = strikes.LastOrDefault(strike => strike.At < before)?.At;
        return Enumerable.Range(0, strikes.Count).Where(s => strikes[s].At == last);
    }

    private static bool Interrupts(Strike strike, Fate fate) =>
        strike.Failure.Kind is not (FailureKind.Join or FailureKind.Duplicate or FailureKind.FullDisk)
        && (strike.Machine.Length == 0 || strike.Failure.Target.Kind == TargetKind.Server || fate.Works(strike.Machine, strike.At));

    /// <summary>The iteration under way at a time; null before the first and after the last.</summary>
    public static long? Iteration(Course played, TimeSpan at, int iterations)
    {
        var reached = played.Reached.Count(r => r <= at);
        return reached > 0 && reached <= iterations ? reached - 1 : null;
    }

    // The parts of a run: its start, its iterations, its end.
    private static List<TimeSpan> Instants(Course course) => [TimeSpan.Zero, .. course.Reached, course.Elapsed];
}
