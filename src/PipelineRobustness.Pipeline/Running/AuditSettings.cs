using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>What the referee works again though nobody disputes it, drawn by lot: with remedy referee.</summary>
public sealed record AuditSettings
{
    /// <summary>Probability that a stage's work on a micro-batch, forward and backward, is heard before the commit.</summary>
    [Setting(0, 1)]
    public double Share { get; init; }

    /// <summary>Probability that a block's step in an iteration, over all micro-batches, is heard after the commit.</summary>
    [Setting(0, 1)]
    public double Steps { get; init; }

    /// <summary>
    /// What the lots are drawn from. seed: from (seed, iteration, attempt), so that a run can be repeated; every member can work out the
    /// draw, which is for experiments. random: from the operating system, once the statements are in.
    /// </summary>
    [Setting]
    public AuditSecret Secret { get; init; }

    /// <summary>How what is drawn is worked. recompute: whole, by the referee.</summary>
    [Setting]
    public AuditMethod By { get; init; }

    /// <summary>Whether anything is drawn.</summary>
    public bool Any => Share > 0 || Steps > 0;
}

/// <summary>What lots are drawn from.</summary>
public enum AuditSecret
{
    /// <summary>The run's seed.</summary>
    Seed,

    /// <summary>The operating system.</summary>
    Random,
}

/// <summary>How what is drawn is worked again.</summary>
public enum AuditMethod
{
    /// <summary>Whole, by the referee.</summary>
    Recompute,
}
