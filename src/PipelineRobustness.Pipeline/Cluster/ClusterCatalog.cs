namespace PipelineRobustness.Pipeline;

/// <summary>A catalog whose runs are spread over a cluster: stages send by lanes, and their threads give way to messages.</summary>
internal sealed class ClusterCatalog(IRunCatalog runs, ILink link, int niceness) : IRunCatalog
{
    /// <inheritdoc/>
    public RunMaterial Open(RunKey run)
    {
        var material = runs.Open(run);
        return material with { Ports = material.Ports with { Link = link, OnComputeThread = () => ComputeThread.GiveWay(niceness) } };
    }
}
