using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Hands on what a node's lanes bring: tensors to its stages and to the server, news to who judges it.</summary>
internal sealed class LaneListener(NodeId here, Action<string> say, TimeProvider clock) : ILaneEvents
{
    // So that whoever knocks all the time fills no disk.
    private const int OffencesAMinute = 20;

    private readonly Lock _gate = new();
    private long _minute;
    private int _offences;

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
    public void Offended(string who, string rule)
    {
        var untold = 0;
        lock (_gate)
        {
            var minute = clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute) (untold, _minute, _offences) = (_offences - OffencesAMinute, minute, 0);
            if (++_offences > OffencesAMinute) return;
        }

        if (untold > 0) say($"{untold} more were disconnected meanwhile");
        say($"{who} was disconnected: {rule}");
    }
}
