using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Where a node accepts lanes.</summary>
public sealed record LaneAddress(NodeId Node, string Host, int Port);

/// <summary>The receiver of a message that comes by lane.</summary>
public enum LaneEnd
{
    /// <summary>The stage that the message names.</summary>
    Stage,

    /// <summary>The central server.</summary>
    Server,
}

/// <summary>
/// A node's tensor lanes: connections for messages that carry tensors, separate from Akka.Remote's. Each has one direction and
/// one peer. Nothing is sent again after a lane breaks: the server learns of it and repeats the work.
/// </summary>
public interface ILanes : IAsyncDisposable
{
    /// <summary>Where this node accepts lanes.</summary>
    LaneAddress Here { get; }

    /// <summary>
    /// Gives a message away. Blocks while too many bytes are queued for that peer; if the lane is broken, or breaks, the message is
    /// disposed of.
    /// </summary>
    void Send(LaneAddress peer, LaneEnd receiver, ITensorMessage message);

    /// <summary>
    /// Keeps a connection to a peer. If it ends, and the peer's address then refuses connections or greets as another incarnation, the
    /// peer is dead. For peers that are known to listen there.
    /// </summary>
    void Watch(LaneAddress peer);

    /// <summary>A peer is dead, or no longer a member: its lanes are closed, and blocked senders return.</summary>
    void Forget(NodeId peer);
}

/// <summary>Receives a node's messages and the news of its lanes. Called on any thread; must be quick and must not throw.</summary>
public interface ILaneEvents
{
    /// <summary>A message is complete; the receiver owns it from now on.</summary>
    void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message);

    /// <summary>A lane to or from a peer has ended; messages under way are lost.</summary>
    void Broken(NodeId peer, string reason);

    /// <summary>
    /// A watched peer is dead: its address refuses connections, greets as another node, or shows another node's certificate.
    /// </summary>
    void Dead(NodeId peer, string proof);

    /// <summary>A peer, or an unknown client, violated a rule and was disconnected.</summary>
    void Violated(string peer, string rule);
}
