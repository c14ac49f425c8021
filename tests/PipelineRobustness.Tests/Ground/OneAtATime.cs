using System.Runtime.CompilerServices;
using PipelineRobustness.Pipeline.Cluster;

// libtorch's threads and its count of live tensors belong to the process: two specs at once would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace PipelineRobustness.Tests.Ground;

/// <summary>The clusters of the other test project run at the same time, and nodes that nothing schedules for seconds count as dead: they go first.</summary>
internal static class ClustersGoFirst
{
    private const int Niceness = 10;

    [ModuleInitializer]
    internal static void LowerPriority() => ComputeThread.LowerPriority(Niceness);
}
