using System.Collections.Concurrent;
using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Where the lanes of the nodes at Akka's addresses are. Written by the membership's actor, read by whoever sends.</summary>
internal sealed class NodeDirectory
{
    private readonly ConcurrentDictionary<Address, LaneAddress> _lanes = new();

    /// <summary>A node said hello.</summary>
    public void Add(Address address, LaneAddress lanes) => _lanes[address] = lanes;

    /// <summary>A node is gone; another may have taken its address meanwhile.</summary>
    public void Remove(Address address, LaneAddress lanes) =>
        ((ICollection<KeyValuePair<Address, LaneAddress>>)_lanes).Remove(new(address, lanes));

    /// <summary>The lanes to whoever is at an address, or null.</summary>
    public LaneAddress? Find(Address address) => _lanes.GetValueOrDefault(address);
}
