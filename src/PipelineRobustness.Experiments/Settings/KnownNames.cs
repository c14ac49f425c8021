using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>The names that other rooms give to what can be chosen.</summary>
internal static class KnownNames
{
    /// <summary>Sizes of models.</summary>
    public static IReadOnlyList<string> Presets => PipelineRobustness.Models.Shape.Presets.Names;

    /// <summary>Texts.</summary>
    public static IReadOnlyList<string> Corpora => CorpusNames.All;

    /// <summary>What may follow a verdict.</summary>
    public static IReadOnlyList<string> Remedies => RemedyCatalog.Names;

    /// <summary>What lies between simulated machines.</summary>
    public static IReadOnlyList<string> Networks { get; } = [.. NetworkPlan.Presets.Select(preset => preset.Name)];

    /// <summary>Attacks in one direction.</summary>
    public static IReadOnlyList<string> Attacks(Direction direction) => AttackCatalog.Names(direction);
}
