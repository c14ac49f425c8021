using PipelineRobustness.Adversity;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>Networks by name.</summary>
public static class Networks
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. NetworkPlan.Presets.Select(preset => preset.Name)];

    /// <summary>The network of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static NetworkPlan Of(string name) => NetworkPlan.Presets.FirstOrDefault(preset => preset.Name == name)
        ?? throw new BadInputException($"--network: expected one of {string.Join(", ", Names)}, found {OneLine.Of(name)}");
}
