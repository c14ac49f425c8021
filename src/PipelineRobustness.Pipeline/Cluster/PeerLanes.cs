using System.Collections.Concurrent;
using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>This node's lanes, by the Akka address of the node at the other end. The membership's actor writes it; every sender reads it.</summary>
internal sealed class PeerLanes(ILanes lanes)
{
    private readonly ConcurrentDictionary<Address, LaneAddress> _peers = new();

    /// <summary>Where this node accepts lanes.</summary>
    public LaneAddress Here => lanes.Here;

    /// <summary>A node joined: lanes lead there, and its process is watched.</summary>
    public void Add(Address address, LaneAddress peer)
    {
        _peers[address] = peer;
        lanes.Watch(peer);
    }

    /// <summary>A node is gone. The address stays known if another node has already joined there.</summary>
    public void Remove(Address address, LaneAddress peer)
    {
        ((ICollection<KeyValuePair<Address, LaneAddress>>)_peers).Remove(new(address, peer));
        lanes.Forget(peer.Node);
    }

    /// <summary>Sends a message, and disposes of it if its receiver's node is gone; the server learns of that by another way.</summary>
    public void Send(Address to, LaneEnd receiver, ITensorMessage message)
    {
        if (_peers.TryGetValue(to, out var peer)) lanes.Send(peer, receiver, message);
        else message.Dispose();
    }
}
