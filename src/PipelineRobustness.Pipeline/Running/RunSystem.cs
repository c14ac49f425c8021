using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>The actors of one run, the same over real threads and in a simulation.</summary>
internal sealed class RunSystem
{
    private readonly ActorSystem _system;
    private readonly IActorRef _membership;
    private readonly SingleRun _run;
    private readonly IRunObserver _observer;
    private readonly Action<RunOutcome> _end;
    private readonly int _room;
    private readonly Func<string, UInt128>? _fingerprint;
    private readonly SortedList<NodeId, IActorRef> _nodes = [];
    private IActorRef _server = ActorRefs.Nobody;
    private int _joined;
    private int _served;
    private readonly List<IActorRef> _silent = [];
    private readonly List<NodeKey> _keys = [];

    private RunSystem(
        ActorSystem system, IActorRef membership, SingleRun single, IRunObserver observer, Action<RunOutcome> end, int room,
        Func<string, UInt128>? fingerprint)
    {
        _system = system;
        _membership = membership;
        _run = single;
        _observer = observer;
        _end = end;
        _room = room;
        _fingerprint = fingerprint;
    }

    /// <summary>Akka's settings for a run.</summary>
    public static Config Settings { get; } = Embedded.Settings("akka.conf");

    /// <summary>Starts server, membership and nodes; <paramref name="end"/> is called once with the outcome.</summary>
    /// <param name="system">Where.</param>
    /// <param name="spec">What the run is made of.</param>
    /// <param name="observer">Receives the run's events.</param>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="room">Stages that each has room for; null for as many as its share.</param>
    /// <param name="end">Called once with the outcome.</param>
    /// <param name="watchesNodes">Whether the end of a node is reported at once; otherwise <see cref="TellLost"/> reports it.</param>
    /// <param name="fingerprint">What the processor of a simulated machine gives; null where all are this process's, which gives the same to all.</param>
    public static RunSystem Start(
        ActorSystem system, RunSpec spec, IRunObserver observer, int nodes, int? room, Action<RunOutcome> end,
        bool watchesNodes = true, Func<string, UInt128>? fingerprint = null)
    {
        var plan = spec.Plan.Validate() with { HasOneNode = nodes == 1 };
        system.EventStream.Subscribe(system.ActorOf<Undelivered>("undelivered"), typeof(DeadLetter));
        var membership = system.ActorOf(Props.Create(() => new Membership(watchesNodes)), "membership");
        // What the specification owns is the caller's to dispose of, and no node's.
        var single = new SingleRun(spec with { Plan = plan, Owned = [] });
        var run = new RunSystem(system, membership, single, observer, end, room ?? (plan.Stages + nodes - 1) / nodes, fingerprint);
        system.RegisterOnTermination(() => run._keys.ForEach(key => key.Dispose()));
        for (var n = 1; n <= nodes; n++) run.Join();
        run.Serve();
        return run;
    }

    /// <summary>The nodes that are here, in order; a view of what is, no copy.</summary>
    public IList<NodeId> Nodes => _nodes.Keys;

    /// <summary>Whether a node is here.</summary>
    public bool Has(NodeId node) => _nodes.ContainsKey(node);

    /// <summary>Another, empty node joins.</summary>
    public NodeId Join()
    {
        var (id, key) = (new NodeId($"node-{++_joined}"), NodeKey.Draw());
        var fingerprints = FingerprintsOf(id);
        // As its process does. Only simulated runs have several nodes, so that one can be quarantined; they have one thread.
        Action<string> leave = reason => Leave(id, reason);
        var node = _system.ActorOf(Props.Create(() => new Node(id, _run, key, fingerprints, leave)), id.Name);
        _nodes[id] = node;
        _keys.Add(key);
        _membership.Tell(new NodeUp(id, new NodeCapacity(_room), node) { Key = _run.Setup.Remedy.IsRefereed ? key.PublicKey : [] });
        return id;
    }

    /// <summary>Kills a node with all its stages.</summary>
    public void Kill(NodeId node)
    {
        if (_nodes.Remove(node, out var actor)) actor.Tell(PoisonPill.Instance);
    }

    /// <summary>Removes a node silently: it stops, or falls silent; <see cref="TellLost"/> reports it to the others later.</summary>
    public void Forget(NodeId node, bool stops)
    {
        if (!_nodes.Remove(node, out var actor)) return;
        if (stops) _system.Stop(actor);
        else _silent.Add(actor);
    }

    /// <summary>Reports a node as lost to the others.</summary>
    public void TellLost(NodeId node, string reason) => _membership.Tell(new NodeLost(node, reason));

    /// <summary>Stops a node at once, and reports it to the others.</summary>
    public void Leave(NodeId node, string reason)
    {
        Forget(node, stops: true);
        TellLost(node, reason);
    }

    /// <summary>Reports that a node will leave.</summary>
    public void TellLeaving(NodeId node, DateTimeOffset deadline) => _membership.Tell(new NodeLeaving(node, deadline));

    /// <summary>The name of the server's actor; null if there is none.</summary>
    public string? ServerName => _server.IsNobody() ? null : _server.Path.Name;

    /// <summary>Starts a central server, which takes over if nodes and stages know of a run.</summary>
    public void Serve()
    {
        var term = ++_served;
        var here = new NodeId($"server-{term}");
        Action<RunOutcome> end = outcome =>
        {
            // A server that was only paused took the nodes for a moment: the leader resumes, as in a cluster.
            if (term == _served && outcome.Status == RunStatus.Superseded) Serve();
            else if (term == _served) _end(outcome);
            else outcome.Dispose();
        };
        var fingerprint = FingerprintsOf(here).Find(_run.Setup.Plan.Name);
        _server = _system.ActorOf(
            Props.Create(() => new CoordinatorActor(_run.Setup, here, _membership, _observer, end, fingerprint)),
            here.Name);
    }

    /// <summary>Kills the server without a report.</summary>
    public void KillServer()
    {
        _served++;
        _system.Stop(_server);
        _server = ActorRefs.Nobody;
    }

    /// <summary>Asks the run to end after the current iteration.</summary>
    public void Interrupt() => _server.Tell(new Interrupt());

    /// <summary>Stops the nodes, and with them stages and their tensors.</summary>
    public void Stop()
    {
        foreach (var node in _nodes.Values.Concat(_silent)) node.Tell(PoisonPill.Instance);
    }

    /// <summary>Completes when every node, and so every stage, has stopped.</summary>
    public Task Stopped() => Task.WhenAll(_nodes.Values.Select(n => n.WatchAsync()));

    private Fingerprints FingerprintsOf(NodeId machine) =>
        _fingerprint is { } gives ? Fingerprints.Of([_run.Setup.Plan], _ => gives(machine.Name)) : Fingerprints.None;

    // A tensor in an undelivered message is disposed of (law 3).
    internal sealed class Undelivered : ReceiveActor
    {
        public Undelivered() => Receive<DeadLetter>(letter => (letter.Message as IDisposable)?.Dispose());
    }
}
