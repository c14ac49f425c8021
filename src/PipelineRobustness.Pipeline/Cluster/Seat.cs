using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The actor of the server's seat, which Akka.Cluster keeps on one node at a time. It says when it was taken and when it was
/// lost; the experiment is driven outside of actors, and comes back with one run after another.
/// </summary>
internal sealed class Seat : ReceiveActor
{
    private readonly Action<IActorRef> _taken;
    private readonly Action _lost;
    private IActorRef _server = ActorRefs.Nobody;
    private int _opened;

    public Seat(Action<IActorRef> taken, Action lost)
    {
        _taken = taken;
        _lost = lost;
        Receive<OpenRun>(m => _server = Context.ActorOf(m.Server, $"server-{++_opened}"));
        Receive<CloseRun>(_ => Context.Stop(_server));
        Receive<Interrupt>(m => _server.Tell(m));
        Receive<Vacate>(_ =>
        {
            // Before its server stops, so that what that says in stopping counts no more.
            _lost();
            Context.Stop(Self);
        });
        Receive<LaneDelivery>(m =>
        {
            if (_server.IsNobody()) m.Message.Dispose();
            else _server.Tell(m.Message);
        });
    }

    protected override void PreStart() => _taken(Self);

    protected override void PostStop() => _lost();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e => Supervision.Decide("server, membership, node", e));

    /// <summary>Start this server in place of an earlier one, whose run is over.</summary>
    internal sealed record OpenRun(Props Server);

    /// <summary>The seat is lost: the server stops where it is, and touches nothing any more.</summary>
    internal sealed class CloseRun
    {
        public static CloseRun Instance { get; } = new();
    }

    /// <summary>Another node is to have the seat.</summary>
    internal sealed class Vacate
    {
        public static Vacate Instance { get; } = new();
    }
}
