using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// A node's runs. From the first that it opens on, the node is one of those that use the output folder together, so that no other cluster
/// takes the folder in the time between two leaders.
/// </summary>
/// <param name="runs">The runs.</param>
/// <param name="folder">Their output folder; disposed of by the caller.</param>
public sealed class SharingRuns(IRunCatalog runs, ExperimentFolder folder) : IRunCatalog
{
    /// <inheritdoc/>
    public RunSpec Open(RunKey key)
    {
        folder.Share();
        return runs.Open(key);
    }
}
