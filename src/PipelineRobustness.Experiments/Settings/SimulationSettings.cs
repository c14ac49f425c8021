using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>The machines that a run is simulated on. The results do not depend on them.</summary>
public sealed record SimulationSettings
{
    /// <summary>
    /// The network between the machines: one-rack, one-region, world (eight regions), home, or a file ending in .conf; a
    /// relative path is resolved like <c>model.path</c> (docs/simulation.md).
    /// </summary>
    [Setting<NetworkOrFile>]
    public string Network { get; init; } = "one-rack";

    /// <summary>Number of machines at the start; 0: one for each stage.</summary>
    [Setting(0, 100_000)]
    public int? Nodes { get; init; }

    /// <summary>
    /// Floating-point operations per second of a machine. The default is so low that an iteration of a small model takes seconds.
    /// </summary>
    [Setting(0, ExcludesMinimum = true)]
    public double Flops { get; init; } = 1e7;

    /// <summary>
    /// How long it takes the others to detect a failure, as measured on real processes (docs/recovery.md).
    /// </summary>
    [Setting]
    public DetectionTimes Detection { get; init; } = new();
}

/// <summary>The network between simulated machines: a preset, or a file.</summary>
public sealed record NetworkOrFile() : PatternText($@"{string.Join('|', Names)}|.+\.conf", $"a file.conf or one of {string.Join(", ", Names)}")
{
    private static IEnumerable<string> Names => NetworkPlan.Presets.Select(preset => preset.Name);
}
