using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>How often an event of a scenario struck.</summary>
/// <param name="Event">The event.</param>
/// <param name="Where">Where it was written, which tells it from others that say the same; empty of what comes from a trace.</param>
/// <param name="MustStrike">Whether it must; what comes by a rate or from a trace need not.</param>
/// <param name="Times">How often.</param>
public sealed record EventCount(string Event, string Where, bool MustStrike, int Times)
{
    /// <summary>The event, and where it was written.</summary>
    public string WithWhere => Where.Length > 0 ? $"{Event} ({Where})" : Event;

    /// <summary>The first that was to strike and never did; null where all that were did.</summary>
    internal static string? Missed(IEnumerable<EventCount> counts) => counts.FirstOrDefault(one => one is { MustStrike: true, Times: 0 })?.WithWhere;

    /// <summary>Of a scenario's events; what comes from a trace is one for each kind.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="fired">How often each of its failures did.</param>
    internal static IReadOnlyList<EventCount> Of(Scenario scenario, IReadOnlyList<int> fired) =>
    [
        .. scenario.Failures.Zip(fired).Where(f => f.First.Trace is null)
            .Select(f => new EventCount($"{f.First}", f.First.Where, f.First.MustStrike, f.Second)),
        .. scenario.Failures.Zip(fired).Where(f => f.First.Trace is not null).GroupBy(f => $"{ScenarioWords.Of(f.First.Kind)} by {f.First.Trace}")
            .Select(alike => new EventCount(alike.Key, "", MustStrike: false, alike.Sum(f => f.Second))),
    ];
}

/// <summary>What an event of a scenario cost each time that it struck.</summary>
/// <param name="Event">The event.</param>
/// <param name="At">When, in virtual time.</param>
/// <param name="Machine">The machine that it befell; null for none, or all.</param>
/// <param name="Iteration">The iteration under way; null before the first and after the last.</param>
/// <param name="Lost">Time lost to it.</param>
public sealed record Loss(string Event, TimeSpan At, string? Machine, long? Iteration, TimeSpan Lost)
{
    /// <summary>Of everything that struck.</summary>
    internal static IReadOnlyList<Loss> Of(Course undisturbed, Course played, IReadOnlyList<Strike> strikes, Fate fate) =>
        [.. strikes.Zip(LostTime.Of(undisturbed, played, strikes, fate), (strike, lost) => Of(strike, lost, played, undisturbed.Iterations))];

    private static Loss Of(Strike strike, TimeSpan lost, Course played, int iterations)
    {
        var ofNobody = strike.Machine.Length == 0 || strike.Failure.Kind is FailureKind.Join or FailureKind.FullDisk;
        return new Loss($"{strike.Failure}", strike.At, ofNobody ? null : strike.Machine, LostTime.Iteration(played, strike.At, iterations), lost);
    }
}
