using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>The actors of one run, the same over real threads and in a simulation.</summary>
internal sealed class RunSystem
{
    private readonly IActorRef _server;
    private readonly IReadOnlyList<IActorRef> _nodes;

    private RunSystem(IActorRef server, IReadOnlyList<IActorRef> nodes)
    {
        _server = server;
        _nodes = nodes;
    }

    /// <summary>Akka's settings for a run.</summary>
    public static Config Settings { get; } = ReadSettings();

    /// <summary>Starts server, membership and nodes; <paramref name="end"/> hears once how the run ended.</summary>
    public static RunSystem Start(
        ActorSystem system, RunPlan plan, IWeightSource weights, RunData data, Ports ports, IRunObserver observer,
        int nodes, Action<RunOutcome> end)
    {
        var setup = new StageSetup(plan.Validate(), weights, data, ports);
        system.EventStream.Subscribe(system.ActorOf<Undelivered>("undelivered"), typeof(DeadLetter));
        var membership = system.ActorOf<Membership>("membership");
        var server = system.ActorOf(
            Props.Create(() => new CentralServer(setup, membership, observer, end)), "server");
        var started = new List<IActorRef>();
        for (var n = 1; n <= nodes; n++)
        {
            var id = new NodeId($"node-{n}");
            var node = system.ActorOf(Props.Create(() => new Node(id, setup)), id.Name);
            started.Add(node);
            var room = (plan.Stages + nodes - 1) / nodes;
            membership.Tell(new NodeUp(id, new NodeCapacity(room), node));
        }

        return new RunSystem(server, started);
    }

    /// <summary>Asks the run to end after the current iteration.</summary>
    public void Interrupt() => _server.Tell(new CentralServer.Interrupt());

    /// <summary>Stops the nodes, and with them stages and their tensors.</summary>
    public void Stop()
    {
        foreach (var node in _nodes) node.Tell(PoisonPill.Instance);
    }

    /// <summary>Completes when every node, and so every stage, has stopped.</summary>
    public Task Stopped() => Task.WhenAll(_nodes.Select(n => n.WatchAsync()));

    private static Config ReadSettings()
    {
        using var stream = typeof(RunSystem).Assembly.GetManifestResourceStream("akka.conf")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    // A tensor in a message that nobody received is disposed of (law 3).
    internal sealed class Undelivered : ReceiveActor
    {
        public Undelivered() => Receive<DeadLetter>(letter => (letter.Message as IDisposable)?.Dispose());
    }
}
