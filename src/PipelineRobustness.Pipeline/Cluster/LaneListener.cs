using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <summary>Hands on what a node's lanes bring: tensors to its stages and to the server, news to who judges it.</summary>
internal sealed class LaneListener(NodeId here, Action<string> say) : ILaneEvents
{
    private volatile IActorRef _node = ActorRefs.Nobody;
    private volatile IActorRef _membership = ActorRefs.Nobody;
    private volatile IActorRef _seat = ActorRefs.Nobody;

    /// <summary>The node's actor: it knows its stages, and which server they obey.</summary>
    public IActorRef Node
    {
        set => _node = value;
    }

    /// <summary>Who judges the dead.</summary>
    public IActorRef Membership
    {
        set => _membership = value;
    }

    /// <summary>The server's seat while it is here, or nobody.</summary>
    public IActorRef Seat
    {
        set => _seat = value;
    }

    /// <inheritdoc/>
    public void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message)
    {
        var to = receiver == LaneEnd.Stage ? _node : _seat;
        if (to.IsNobody()) message.Dispose();
        else to.Tell(new LaneDelivery(message));
    }

    /// <inheritdoc/>
    public void Broken(NodeId peer, string reason) => _node.Tell(new LaneBroken(here, peer, reason));

    /// <inheritdoc/>
    public void Dead(NodeId peer, string proof) => _membership.Tell(new ClusterMembership.ProvenDead(peer, proof));

    /// <inheritdoc/>
    public void Offended(string who, string rule) => say($"{who} was disconnected: {rule}");
}
