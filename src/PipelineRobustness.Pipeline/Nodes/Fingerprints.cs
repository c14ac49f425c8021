using System.Collections.Frozen;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// What a node's processor gives for each run whose values are compared byte by byte (<see cref="ProcessorFingerprint"/>), by the run's
/// name. Other runs have none.
/// </summary>
internal sealed class Fingerprints
{
    private readonly FrozenDictionary<string, UInt128> _byRun;

    private Fingerprints(IEnumerable<KeyValuePair<string, UInt128>> byRun) => _byRun = byRun.ToFrozenDictionary();

    /// <summary>Those of a node that is compared with no other.</summary>
    public static Fingerprints None { get; } = new([]);

    /// <summary>Asks for the fingerprint of each run that needs one.</summary>
    public static Fingerprints Of(IEnumerable<RunPlan> plans, Func<RunPlan, UInt128> fingerprint) =>
        new(plans.Where(plan => plan.ComparesBytes).Select(plan => KeyValuePair.Create(plan.Name, fingerprint(plan))));

    /// <summary>The fingerprint for a run; null where it needs none.</summary>
    public UInt128? Find(string run) => _byRun.TryGetValue(run, out var found) ? found : null;
}
