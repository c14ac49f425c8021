using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// The current nodes. Receives changes from a source (the host of a run, Akka.Cluster, a scenario) and forwards them to
/// subscribers, which do not know the source.
/// </summary>
internal sealed class Membership : ReceiveActor
{
    private readonly Dictionary<NodeId, NodeUp> _members = [];
    private readonly Dictionary<NodeId, NodeLeaving> _leaving = [];
    private readonly HashSet<IActorRef> _subscribers = [];

    /// <summary>Starts empty.</summary>
    /// <param name="watchesNodes">Whether a node counts as lost when its actor stops; otherwise the source reports the loss.</param>
    public Membership(bool watchesNodes = true)
    {
        Receive<SubscribeToMembership>(m =>
        {
            if (!_subscribers.Add(m.Subscriber)) return;
            Context.WatchWith(m.Subscriber, new Unsubscribed(m.Subscriber));
            m.Subscriber.Tell(new NodesHere([.. _members.Values.OrderBy(n => n.Node)]));
            foreach (var news in _leaving.Values) m.Subscriber.Tell(news);
        });
        Receive<NodeUp>(m =>
        {
            _members[m.Node] = m;
            if (watchesNodes) Context.WatchWith(m.Actor, new Stopped(m));
            Tell(m);
        });
        Receive<NodeLeaving>(m =>
        {
            _leaving[m.Node] = m;
            Tell(m);
        });
        Receive<Unsubscribed>(m => _subscribers.Remove(m.Subscriber));
        Receive<Stopped>(m =>
        {
            // A node that returns under the same name is another node.
            if (_members.TryGetValue(m.Member.Node, out var member) && member.Actor.Equals(m.Member.Actor))
                Self.Tell(new NodeLost(m.Member.Node, "its actor has stopped"));
        });
        Receive<NodeLost>(m =>
        {
            _leaving.Remove(m.Node);
            if (_members.Remove(m.Node)) Tell(m);
        });
    }

    private void Tell<T>(T news)
        where T : notnull
    {
        foreach (var subscriber in _subscribers) subscriber.Tell(news);
    }

    private sealed record Unsubscribed(IActorRef Subscriber);

    private sealed record Stopped(NodeUp Member);
}
