using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The cluster singleton that hosts the central server: Akka.Cluster runs it on one node at a time, the leader. The experiment is
/// driven outside of actors and hands this one a server for each run.
/// </summary>
internal sealed class ServerSingleton : ReceiveActor
{
    private readonly Action<IActorRef> _started;
    private readonly Action _stopped;

    // The current run's server; ActorRefs.Nobody before the first run.
    private IActorRef _server = ActorRefs.Nobody;
    private int _runs;

    /// <summary>Announces that this node leads, and later, at least once, that it does no longer.</summary>
    public ServerSingleton(Action<IActorRef> started, Action stopped)
    {
        _started = started;
        _stopped = stopped;
        Receive<StartServer>(m => _server = Context.ActorOf(m.Server, $"server-{++_runs}"));
        Receive<StopServer>(_ => Context.Stop(_server));
        Receive<Interrupt>(m => _server.Tell(m));
        Receive<StepDown>(_ =>
        {
            // First of all, so that nothing the server reports while it stops counts.
            _stopped();
            Context.Stop(Self);
        });
        Receive<LaneDelivery>(m =>
        {
            if (_server.IsNobody()) m.Dispose();
            else _server.Tell(m);
        });
    }

    protected override void PreStart() => _started(Self);

    protected override void PostStop() => _stopped();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e => Supervision.Decide("server, membership, node", e));

    /// <summary>Start this server in place of the last run's.</summary>
    internal sealed record StartServer(Props Server);

    /// <summary>Another node leads: stop the server where it is.</summary>
    internal sealed class StopServer
    {
        public static StopServer Instance { get; } = new();
    }

    /// <summary>Akka.Cluster is about to start the singleton on another node.</summary>
    internal sealed class StepDown
    {
        public static StepDown Instance { get; } = new();
    }
}
