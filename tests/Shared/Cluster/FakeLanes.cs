using System.Collections.Concurrent;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Lanes that carry nothing and keep account of what they were asked to do.</summary>
internal sealed class FakeLanes(NodeId here, ILaneEvents events) : ILanes
{
    public LaneAddress Here { get; } = new(here, "127.0.0.1", 1);

    /// <summary>The recipient of a test's messages.</summary>
    public ILaneEvents Events { get; } = events;

    public ConcurrentQueue<(LaneAddress Peer, LaneEnd End, ITensorMessage Message)> Sent { get; } = [];

    public ConcurrentDictionary<NodeId, bool> Watched { get; } = [];

    public void Send(LaneAddress peer, LaneEnd receiver, ITensorMessage message) => Sent.Enqueue((peer, receiver, message));

    public void Watch(LaneAddress peer) => Watched[peer.Node] = true;

    public void Forget(NodeId peer) => Watched.TryRemove(peer, out _);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
