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
/// <param name="From">The node that sent it.</param>
/// <param name="Message">The message.</param>
internal sealed record LaneDelivery(NodeId From, ITensorMessage Message) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();
}

/// <summary>Host to node, within a process: call this when no stage is left here.</summary>
internal sealed record NotifyWhenEmpty(Action Empty);
