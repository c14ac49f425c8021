using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>Node to node, after one has joined: its introduction. Neither gets stages until both have introduced themselves.</summary>
/// <param name="Node">Name and incarnation.</param>
/// <param name="Uid">Akka.Cluster's own number of this incarnation.</param>
/// <param name="Capacity">What it can carry.</param>
/// <param name="Lanes">Where it accepts lanes.</param>
/// <param name="Experiment">A digest of its experiment.</param>
/// <param name="Formed">Whether the cluster has ever had the number of nodes that the experiment starts with.</param>
/// <param name="Begun">Whether some node has begun to write results.</param>
/// <param name="Asks">Whether it asks for an introduction in return.</param>
/// <param name="Actor">Its node actor.</param>
/// <param name="Key">The public key by which it signs: that of its certificate, where that is of the kind.</param>
[Wire("HE", 2)]
public sealed record Hello(
    NodeId Node, int Uid, NodeCapacity Capacity, LaneAddress Lanes, string Experiment, bool Formed, bool Begun, bool Asks,
    IActorRef Actor, ImmutableArray<byte> Key);

/// <summary>Leader to all nodes: results are being written, and the next leader continues with them.</summary>
[Wire("EB")]
public sealed record ExperimentBegun(NodeId Node);

/// <summary>Node to all nodes: end the experiment after the current iteration, which the leader does.</summary>
[Wire("IE")]
public sealed record InterruptExperiment(NodeId Asks);

/// <summary>Leader to all nodes: the experiment is over.</summary>
/// <param name="ExitCode">The exit code of every process.</param>
/// <param name="Reason">Why it was not completed, in one line; null if it was.</param>
[Wire("EO")]
public sealed record ExperimentOver(int ExitCode, string? Reason);

/// <summary>Lanes to a node or a server, within a process: a complete message.</summary>
/// <param name="From">The node that sent it: a stage's, as far as the placement of the message's ballot says so.</param>
/// <param name="Message">The message.</param>
internal sealed record LaneDelivery(NodeId From, ITensorMessage Message) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();
}

/// <summary>Who has sent a message: an actor, as Akka.Remote names it; of what came by a lane the node at its other end, which names no actor.</summary>
/// <param name="Actor">The actor.</param>
/// <param name="Lane">The node; null for what came by no lane.</param>
internal readonly record struct MessageSource(IActorRef Actor, NodeId? Lane = null)
{
    /// <summary>Whether it is this actor, on this node.</summary>
    public bool Is(IActorRef? actor, NodeId node) => Lane is { } lane ? lane == node : Actor.Equals(actor);

    /// <summary>Whether it is an actor in the process of another.</summary>
    public bool IsWith(IActorRef other) => Lane is null && Actor.Path.Address.Equals(other.Path.Address);
}

/// <summary>Host to node, within a process: call this when no stage is left here.</summary>
internal sealed record NotifyWhenEmpty(Action Empty);
