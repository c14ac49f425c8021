using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The machines that a run is simulated on.</summary>
/// <param name="Network">The name of the network between them.</param>
/// <param name="Nodes">Their number at the beginning.</param>
/// <param name="FlopsPerSecond">What each computes in a second.</param>
public sealed record SimulatedOn(string Network, int Nodes, double FlopsPerSecond);

/// <summary>The bubble by a schedule's own formula: of equal blocks without copies or a network.</summary>
/// <param name="Schedule">The schedule's name.</param>
/// <param name="Share">The share of time in which stages are idle.</param>
public sealed record ScheduleBubble(string Schedule, double Share);

/// <summary>The outcome of a run under a scenario, compared with the same run without it. Times are virtual.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="On">The machines that it was simulated on.</param>
/// <param name="Verdict">Whether its weights equal the undisturbed run's bit for bit, and every event took effect.</param>
/// <param name="Why">Why the verdict is not right; otherwise how the run ended.</param>
/// <param name="Undisturbed">The run without the scenario.</param>
/// <param name="WithScenario">The run under it.</param>
/// <param name="ByFormula">The bubble that the schedule would have without copies or a network.</param>
/// <param name="Recoveries">What failed or moved, and how long the run took to resume.</param>
/// <param name="Counts">How often each event took effect.</param>
/// <param name="Costs">What each event cost each time, in the order of time.</param>
public sealed record ScenarioResult(
    string Run, string Scenario, SimulatedOn On, CaseVerdict Verdict, string Why, RunTimeline Undisturbed, RunTimeline WithScenario, ScheduleBubble ByFormula,
    IReadOnlyList<Recovery> Recoveries, IReadOnlyList<EventCount> Counts, IReadOnlyList<InjectionCost> Costs)
{
    /// <summary>Why checkpoints could not be written or read; each reason once.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Run, scenario and network.</summary>
    public string Title => $"{Run}: {Scenario} over {On.Network}";
}
