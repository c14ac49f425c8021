using Akka.Actor;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Passes on what a node's lanes bring: tensors to its stages and the server, breaks to the node, deaths to the membership.</summary>
internal sealed class LaneListener(NodeId here, Action<string> report, TimeProvider clock) : ILaneEvents
{
    // A peer that reconnects in a loop must not fill the disk with log lines.
    private const int ViolationsPerMinute = 20;

    private readonly Lock _gate = new();

    // The minute, since the clock's epoch, that _violations counts.
    private long _minute;
    private int _violations;

    // ActorRefs.Nobody until the actor has started.
    private volatile IActorRef _node = ActorRefs.Nobody;
    private volatile IActorRef _membership = ActorRefs.Nobody;
    private volatile IActorRef _server = ActorRefs.Nobody;

    /// <summary>The node's actor, which knows its stages and which server they obey.</summary>
    public IActorRef Node
    {
        set => _node = value;
    }

    /// <summary>The actor that judges which nodes are dead.</summary>
    public IActorRef Membership
    {
        set => _membership = value;
    }

    /// <summary>The central server's actor while this node leads, otherwise <see cref="ActorRefs.Nobody"/>.</summary>
    public IActorRef Server
    {
        set => _server = value;
    }

    /// <inheritdoc/>
    public void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message)
    {
        var to = receiver == LaneEnd.Stage ? _node : _server;
        if (to.IsNobody()) message.Dispose();
        else to.Tell(new LaneDelivery(from, message));
    }

    /// <inheritdoc/>
    public void Broken(NodeId peer, string reason) => _node.Tell(new LaneBroken(here, peer, reason));

    /// <inheritdoc/>
    public void Dead(NodeId peer, string proof) => _membership.Tell(new ClusterMembership.ProvenDead(peer, proof));

    /// <inheritdoc/>
    public void Violated(string who, string rule)
    {
        var suppressed = 0;
        lock (_gate)
        {
            var minute = clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute) (suppressed, _minute, _violations) = (_violations - ViolationsPerMinute, minute, 0);
            if (++_violations > ViolationsPerMinute) return;
        }

        if (suppressed > 0) report($"{suppressed} more were disconnected meanwhile");
        report($"{who} was disconnected: {rule}");
    }
}
