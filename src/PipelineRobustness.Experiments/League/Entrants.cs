using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.League;

/// <summary>A model of a league.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Settings">What it says of <c>model</c>.</param>
public sealed record LeagueFamily(string Name, SettingSection Settings);

/// <summary>An attacker of a league.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lie">The word for its sort of lie, which detectors' <see cref="Promises"/> name.</param>
/// <param name="Strength">Where it is one of several that differ in strength alone; else null.</param>
/// <param name="Attacks">How many attacks it makes undefended, where that is known beforehand; else null.</param>
/// <param name="Part">The part of the micro-batches that it lies about, each with that probability.</param>
/// <param name="Settings">What it says of <c>attack</c>.</param>
public sealed record LeagueAttacker(string Name, string Lie, Strength? Strength, long? Attacks, double Part, SettingSection Settings);

/// <summary>The strength of one of several attackers that differ in it alone.</summary>
/// <param name="Of">The name that they have in common.</param>
/// <param name="Value">How strong this one is.</param>
public sealed record Strength(string Of, double Value);

/// <summary>A detector of a league, with all that belongs to it: remedy, copies, audits.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Promises">What it promises.</param>
/// <param name="Settings">What it says of <c>defence</c>, and of <c>checkpoint</c>.</param>
public sealed record LeagueDetector(string Name, Promises Promises, SettingSection Settings);

/// <summary>Which lies a detector finds: words of <see cref="LeagueAttacker.Lie"/>. About lies that it does not name, it promises nothing.</summary>
/// <param name="Always">Each of them is detected, or averted.</param>
/// <param name="ByLot">Found with the probability of the lot.</param>
/// <param name="Never">None is found.</param>
public sealed record Promises(IReadOnlyList<string> Always, IReadOnlyList<string> ByLot, IReadOnlyList<string> Never)
{
    /// <summary>Nothing is promised.</summary>
    public static Promises None { get; } = new([], [], []);
}
