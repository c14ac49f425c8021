using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>Node to node, when one has joined: who I am. Until both have said so, neither is given anything.</summary>
/// <param name="Node">Name and incarnation.</param>
/// <param name="Uid">Akka.Cluster's own number of this incarnation.</param>
/// <param name="Capacity">What it can carry.</param>
/// <param name="Lanes">Where its lanes are listened for.</param>
/// <param name="Experiment">Digest of the experiment that it has read.</param>
/// <param name="Formed">Whether it has seen as many nodes as the experiment begins with.</param>
/// <param name="Begun">Whether it knows of the experiment that it has begun.</param>
/// <param name="Asks">Whether it has yet to hear the other's.</param>
/// <param name="Actor">Its node actor.</param>
[Wire("HE")]
public sealed record Hello(
    NodeId Node, int Uid, NodeCapacity Capacity, LaneAddress Lanes, string Experiment, bool Formed, bool Begun, bool Asks,
    IActorRef Actor);

/// <summary>The seat's node to all: results are being written, so that whoever has the seat after it goes on with them.</summary>
[Wire("EB")]
public sealed record ExperimentBegun(NodeId Node);

/// <summary>Node to node: end the experiment after the current iteration; whoever holds the server's seat obeys.</summary>
[Wire("IE")]
public sealed record InterruptExperiment(NodeId Asks);

/// <summary>The seat's node to all: nothing is left to do.</summary>
/// <param name="ExitCode">What every process tells its shell.</param>
/// <param name="Reason">Why, where it was not done: one line.</param>
[Wire("EO")]
public sealed record ExperimentOver(int ExitCode, string? Reason);

/// <summary>Lanes to a node or to the server's seat, within a process: a message that came whole.</summary>
internal sealed record LaneDelivery(ITensorMessage Message) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();
}

/// <summary>Host to node, within a process: say so when no stage is left here.</summary>
internal sealed record NotifyWhenEmpty(Action Empty);
