using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Where a node's lanes are listened for.</summary>
public sealed record LaneAddress(NodeId Node, string Host, int Port);

/// <summary>Who receives what comes by a lane.</summary>
public enum LaneEnd
{
    /// <summary>The stage that the message names.</summary>
    Stage,

    /// <summary>The central server.</summary>
    Server,
}

/// <summary>
/// A node's tensor lanes: connections of their own, beside Akka.Remote's, for messages that carry tensors. Each has one
/// direction and one peer. A lane that breaks is never mended by sending again: the server hears of it and replays.
/// </summary>
public interface ILanes : IAsyncDisposable
{
    /// <summary>Where this node is listened for.</summary>
    LaneAddress Here { get; }

    /// <summary>
    /// Gives a message away. Holds the caller back while more than the set number of bytes waits for that peer; where the lane is
    /// broken, or breaks, the message is disposed of.
    /// </summary>
    void Send(LaneAddress peer, LaneEnd receiver, ITensorMessage message);

    /// <summary>
    /// Keeps a connection to a peer whose end, with nobody greeting under its incarnation any more, proves its death. For a peer
    /// that has said, by another way, that it listens there.
    /// </summary>
    void Watch(LaneAddress peer);

    /// <summary>A peer is no more, or no member any more: its lanes are closed and whoever is held back goes on.</summary>
    void Forget(NodeId peer);
}

/// <summary>Hears of a node's lanes, on any thread; must be quick and must not throw.</summary>
public interface ILaneEvents
{
    /// <summary>A message has come whole; it is the listener's from now on.</summary>
    void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message);

    /// <summary>A lane to or from a peer has ended; what was on its way is lost.</summary>
    void Broken(NodeId peer, string reason);

    /// <summary>
    /// A watched peer is no more: its place, that it was seen at or names as its own, refuses, greets as another, or shows
    /// another's papers.
    /// </summary>
    void Dead(NodeId peer, string proof);

    /// <summary>A peer, or somebody unknown, broke a rule and was disconnected.</summary>
    void Offended(string who, string rule);
}
