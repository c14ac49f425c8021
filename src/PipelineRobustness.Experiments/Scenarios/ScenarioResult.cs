using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>On what a run is played.</summary>
/// <param name="Network">What lies between machines, by its name.</param>
/// <param name="Nodes">How many there are at the beginning.</param>
/// <param name="FlopsPerSecond">What each computes in a second.</param>
public sealed record SimulatedOn(string Network, int Nodes, double FlopsPerSecond);

/// <summary>What a run under a scenario came to, beside the same without. Times are virtual.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Scenario">What was to go wrong, by its name.</param>
/// <param name="On">On what it was played.</param>
/// <param name="Verdict">Whether it ended with the undisturbed run's bits and every event struck.</param>
/// <param name="Why">Why not; else how.</param>
/// <param name="Undisturbed">The run without the scenario.</param>
/// <param name="Played">The run under it.</param>
/// <param name="ClosedForm">GPipe's bubble, (K-1)/(M+K-1): of equal blocks without copies, where nothing lies between machines.</param>
/// <param name="Recoveries">What broke or moved, and how long it took until the run went on.</param>
/// <param name="Struck">How often each event struck.</param>
/// <param name="Losses">What each time cost that one struck, in the order of time.</param>
public sealed record ScenarioResult(
    string Run, string Scenario, SimulatedOn On, CaseVerdict Verdict, string Why, Course Undisturbed, Course Played, double ClosedForm,
    IReadOnlyList<Recovery> Recoveries, IReadOnlyList<EventCount> Struck, IReadOnlyList<Loss> Losses)
{
    /// <summary>Why checkpoints could not be written, or not be read, once for each.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>What was played, in a few words.</summary>
    public string Title => $"{Run}: {Scenario} over {On.Network}";
}
