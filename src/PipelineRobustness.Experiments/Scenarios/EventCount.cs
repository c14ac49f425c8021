using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>How often an event of a scenario took effect.</summary>
/// <param name="Event">The event.</param>
/// <param name="Where">File and line, which distinguish events with the same text; empty for those of a trace.</param>
/// <param name="MustHappen">Whether it must happen; an event at a rate or of a trace need not.</param>
/// <param name="Times">How often it took effect.</param>
public sealed record EventCount(string Event, string Where, bool MustHappen, int Times)
{
    /// <summary>The event, with its file and line.</summary>
    public string WithWhere => Where.Length > 0 ? $"{Event} ({Where})" : Event;

    /// <summary>The first event that had to happen and did not; null where there is none.</summary>
    internal static string? Missed(IEnumerable<EventCount> counts) => counts.FirstOrDefault(one => one is { MustHappen: true, Times: 0 })?.WithWhere;

    /// <summary>The counts of a scenario's events; those of a trace are counted by kind.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="counts">How often each of its failures took effect.</param>
    internal static IReadOnlyList<EventCount> Of(Scenario scenario, IReadOnlyList<int> counts) =>
    [
        .. scenario.Failures.Zip(counts).Where(f => f.First.Trace is null)
            .Select(f => new EventCount($"{f.First}", f.First.Where, f.First.MustHappen, f.Second)),
        .. scenario.Failures.Zip(counts).Where(f => f.First.Trace is not null).GroupBy(f => $"{f.First.Word} by {f.First.Trace}")
            .Select(alike => new EventCount(alike.Key, "", MustHappen: false, alike.Sum(f => f.Second))),
    ];
}
