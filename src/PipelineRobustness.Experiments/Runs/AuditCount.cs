using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>When a key of audits was drawn.</summary>
/// <param name="Kind">What was audited.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
public readonly record struct AuditOccasion(AuditKind Kind, long Iteration, int Attempt);

/// <summary>How much a run's referee worked again that was drawn by lot.</summary>
/// <param name="Parts">Stages' work on micro-batches.</param>
/// <param name="Steps">Steps of blocks.</param>
public readonly record struct AuditCount(long Parts, long Steps)
{
    /// <summary>What follows from the keys.</summary>
    public static AuditCount Of(RunSettings run, IEnumerable<KeyValuePair<AuditOccasion, ulong>> keys)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (ring, audit) = (new Ring(run.Pipeline.Stages, run.Training.MicroBatches), run.Defence.Audit);
        var drawn = keys.ToLookup(key => key.Key.Kind, key => key.Value);
        return new(
            drawn[AuditKind.Pass].Sum(key => (long)AuditDraw.Parts(key, ring, audit.Share).DistinctBy(part => (part.Block, part.MicroBatch)).Count()),
            drawn[AuditKind.Step].Sum(key => (long)AuditDraw.Steps(key, ring, audit.Steps).Length));
    }
}
