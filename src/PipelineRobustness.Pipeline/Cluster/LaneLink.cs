using System.Collections.Immutable;
using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// The link of a node in a cluster: within the process the reference itself, to other nodes a lane for what carries tensors
/// and Akka.Remote for everything else.
/// </summary>
internal sealed class LaneLink(ILanes lanes, NodeDirectory directory, LaneRules rules) : ILink
{
    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender) => Send(LaneEnd.Stage, stage, message, sender);

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => Send(LaneEnd.Server, server, message, sender);

    /// <inheritdoc/>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement) => rules.Expect(plan, ballot, placement);

    /// <inheritdoc/>
    public void Begin(WorkId work) => rules.Begin(work);

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
