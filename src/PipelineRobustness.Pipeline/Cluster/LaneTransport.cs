using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The link of a node in a cluster: within the process the reference itself, to other nodes a lane for what carries tensors
/// and Akka.Remote for everything else.
/// </summary>
internal sealed class LaneTransport(ILanes lanes, NodeDirectory directory, LaneRules rules) : ITransport
{
    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender) => Send(LaneEnd.Stage, stage, message, sender);

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => Send(LaneEnd.Server, server, message, sender);

    /// <inheritdoc/>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement) => rules.Expect(plan, ballot, placement);

    /// <inheritdoc/>
    public void Begin(StepId work) => rules.Begin(work);

    private void Send(LaneEnd end, IActorRef receiver, object message, IActorRef sender)
    {
        if (message is not ITensorMessage tensors || receiver is not IActorRefScope { IsLocal: false })
        {
            receiver.Tell(message, sender);
        }
        else if (directory.Find(receiver.Path.Address) is { } peer)
        {
            lanes.Send(peer, end, tensors);
        }
        else
        {
            // Its node is gone; the server hears of that by another way.
            tensors.Dispose();
        }
    }
}
