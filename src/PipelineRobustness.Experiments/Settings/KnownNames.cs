using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>The names that other rooms give to what can be chosen.</summary>
internal static class KnownNames
{
    /// <summary>Sizes of models.</summary>
    public static IReadOnlyList<string> Presets => Models.Presets.Names;

    /// <summary>Texts.</summary>
    public static IReadOnlyList<string> Corpora => Models.CorpusNames.All;

    /// <summary>What may follow a verdict.</summary>
    public static IReadOnlyList<string> Remedies => Pipeline.Remedies.Names;

    /// <summary>What lies between simulated machines.</summary>
    public static IReadOnlyList<string> Networks { get; } = [.. Adversity.NetworkPlan.Presets.Select(preset => preset.Name)];

    /// <summary>Attacks in one direction.</summary>
    public static IReadOnlyList<string> Attacks(Direction direction) => Adversity.Attacks.Names(direction);
}
