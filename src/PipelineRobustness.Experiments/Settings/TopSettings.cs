using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Settings that stand at the top of a file only, since no run can have its own.</summary>
public sealed record TopSettings
{
    /// <summary>
    /// Where this node is and which cluster it joins; <c>run</c> does not read it. Only at the top of a file: each node has its
    /// own, and the results do not depend on it.
    /// </summary>
    [Setting]
    public ClusterSettings Cluster { get; init; } = new();

    /// <summary>
    /// What <c>simulate --seeds</c> may draw. Only at the top of a file; no other setting counts there, since the runs are drawn
    /// as well.
    /// </summary>
    [Setting]
    public CampaignRules Campaign { get; init; } = new();
}
