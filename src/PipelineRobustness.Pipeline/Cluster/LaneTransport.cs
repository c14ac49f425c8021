using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The transport of a node in a cluster. Within the process it passes the reference; to other nodes, tensors go by lane and
/// everything else by Akka.Remote.
/// </summary>
internal sealed class LaneTransport(PeerLanes lanes, LaneRules rules) : ITransport
{
    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender) => Send(LaneEnd.Stage, stage, message, sender);

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => Send(LaneEnd.Server, server, message, sender);

    /// <inheritdoc/>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement, ImmutableDictionary<int, NodeId> retiring) =>
        rules.Expect(plan, ballot, placement, retiring);

    /// <inheritdoc/>
    public void Begin(StepId work) => rules.Begin(work);

    private void Send(LaneEnd end, IActorRef receiver, object message, IActorRef sender)
    {
        if (message is ITensorMessage tensors && receiver is IActorRefScope { IsLocal: false }) lanes.Send(receiver.Path.Address, end, tensors);
        else receiver.Tell(message, sender);
    }
}
