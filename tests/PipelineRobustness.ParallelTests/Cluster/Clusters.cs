using PipelineRobustness.Tests.Cluster;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(ClustersFirst))]

namespace PipelineRobustness.Tests.Cluster;

/// <summary>
/// Tests of several nodes, in two collections: the nodes of more than two clusters at once would starve each other, and a node that is
/// silent for two seconds counts as dead.
/// </summary>
public static class Clusters
{
    public const string OfHealthyNodes = "clusters of healthy nodes", OfFailingNodes = "clusters of failing nodes";
}

/// <summary>Starts the two collections that take longest first.</summary>
public sealed class ClustersFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => !collection.TestCollectionDisplayName.StartsWith("clusters ", StringComparison.Ordinal))];
}
