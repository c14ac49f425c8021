using PipelineRobustness.Tests.Cluster;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(ClustersFirst))]

namespace PipelineRobustness.Tests.Cluster;

/// <summary>
/// Tests of several nodes, one after another: the nodes of several clusters at once would starve each other, and a node that is silent for
/// two seconds counts as dead.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Clusters
{
    public const string Name = "clusters";
}

/// <summary>Starts the collection that takes longest first.</summary>
public sealed class ClustersFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionDisplayName != Clusters.Name)];
}
