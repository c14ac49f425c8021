using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Drives the experiment while this node has the server's seat; what it returns ends the experiment on all nodes.</summary>
/// <returns>Null where another went on with it: it is driven again, unless the seat is another's by then.</returns>
public delegate Task<ExperimentEnd?> DriveExperiment(IServerLeadership seat);

/// <summary>This process as a node of a cluster: it joins, carries stages, and at times the central server.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    private readonly ClusterOptions _options;
    private readonly DriveExperiment _drive;
    private readonly TaskCompletionSource<NodeEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _interrupted = new();
    private readonly NodeDirectory _directory = new();
    private readonly Lock _gate = new();
    private readonly LaneListener _listener;
    private readonly ILanes _lanes;
    private readonly ITransport _link;
    private readonly ActorSystem _system;
    private readonly Akka.Cluster.Cluster _cluster;
    private readonly IActorRef _node;
    private readonly IActorRef _adapter;
    private ServerLeadership? _seat;
    private Task _driving = Task.CompletedTask;
    private volatile bool _continues;
    private bool _over;

    private ClusterNode(ClusterOptions options, IRunCatalog catalog, IEnumerable<RunPlan> plans, DriveExperiment drive, LaneFactory lanes)
    {
        _options = options;
        _drive = drive;
        Here = new NodeId(options.Name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        _listener = new LaneListener(Here, options.Say, options.Clock);
        var rules = new LaneRules(Here, plans);
        _lanes = lanes(Here, rules, _listener);
        _link = new LaneTransport(_lanes, _directory, rules);
        _system = StartSystem(options);
        _cluster = Akka.Cluster.Cluster.Get(_system);
        _system.EventStream.Subscribe(_system.ActorOf<RunSystem.Undelivered>("undelivered"), typeof(DeadLetter));
        // Who was let in by others goes on with what they began, also where they left before they could say so.
        _continues = options.Seeds is [var first, ..] && (first.Host, first.Port) != (_cluster.SelfAddress.Host, _cluster.SelfAddress.Port);
        var runs = new ClusterCatalog(catalog, _link, options);
        _node = _system.ActorOf(Props.Create(() => new Node(Here, runs)), "node");
        var membership = _system.ActorOf(Props.Create(() => new Membership(true)), "membership");
        var around = new ClusterMembership.Surroundings(
            Here, _node, membership, _lanes, _directory, Over, () => _continues = true, _interrupted.Cancel, why => End(NodeEndKind.Refused, why),
            why => End(NodeEndKind.CutOff, why));
        _adapter = _system.ActorOf(Props.Create(() => new ClusterMembership(options, around)), ClusterMembership.Name);
        (_listener.Node, _listener.Membership) = (_node, _adapter);
        var shutdown = CoordinatedShutdown.Get(_system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "seat", () =>
        {
            LeaveSeat();
            if (shutdown.ShutdownReason is CoordinatedShutdown.ClusterDowningReason)
                End(NodeEndKind.CutOff, "cut off from the majority of nodes, or taken for dead by it: another goes on with its work");
            return Task.FromResult(Akka.Done.Instance);
        });
    }

    /// <summary>Makes a node's lanes.</summary>
    internal delegate ILanes LaneFactory(NodeId here, LaneRules rules, ILaneEvents events);

    /// <summary>This node.</summary>
    public NodeId Here { get; }

    /// <summary>The port of its control messages.</summary>
    public int Port => _cluster.SelfAddress.Port!.Value;

    /// <summary>Completes when there is nothing more to do here; disposing then takes the node out of the cluster.</summary>
    public Task<NodeEnd> Ended => _ended.Task;

    /// <summary>Its actors.</summary>
    internal ActorSystem System => _system;

    /// <summary>Whom a server subscribes to.</summary>
    internal IActorRef Membership => _adapter;

    /// <summary>Starts a node and lets it join; <see cref="Ended"/> says where it could not.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="catalog">Where its stages find what they are made of.</param>
    /// <param name="plans">All runs of the experiment: what may come from other nodes is judged by them.</param>
    /// <param name="drive">Drives the experiment while the server's seat is here.</param>
    /// <exception cref="BadInputException">Its address cannot be listened at.</exception>
    public static Task<ClusterNode> StartAsync(ClusterOptions options, IRunCatalog catalog, IEnumerable<RunPlan> plans, DriveExperiment drive)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(options, catalog, plans, drive, (here, rules, events) => ClusterLanes.Open(options, here, rules, events));
    }

    /// <summary>The same with lanes of another kind.</summary>
    internal static async Task<ClusterNode> StartAsync(
        ClusterOptions options, IRunCatalog catalog, IEnumerable<RunPlan> plans, DriveExperiment drive, LaneFactory lanes)
    {
        var node = new ClusterNode(options, catalog, plans, drive, lanes);
        await node.JoinAsync().ConfigureAwait(false);
        return node;
    }

    /// <summary>Asks for the experiment to end, on all nodes, after the current iteration.</summary>
    public void Interrupt() => _adapter.Tell(new ClusterMembership.Announce(new InterruptExperiment(Here)));

    /// <summary>
    /// Asks to leave: others take this node's stages at the next boundary of an iteration, and what holds none leaves. Where all who
    /// are here were asked to, there is nobody to leave them to, and the experiment is interrupted.
    /// </summary>
    /// <param name="within">After this it leaves in any case.</param>
    public void Leave(TimeSpan within)
    {
        var news = new NodeLeaving(Here, _options.Clock.GetUtcNow() + within);
        _adapter.Tell(new ClusterMembership.AskedToLeave(news, () =>
        {
            var deadline = new CancellationTokenSource(within, _options.Clock);
            deadline.Token.Register(() => End(NodeEndKind.Left, $"left after {within.TotalSeconds:0} s with stages that no one took"));
            _node.Tell(new NotifyWhenEmpty(() => End(NodeEndKind.Left, null)));
        }));
    }

    /// <summary>Leaves the cluster in good order and stops everything.</summary>
    public async ValueTask DisposeAsync()
    {
        LeaveSeat();
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).ConfigureAwait(false);
        await _system.WhenTerminated.ConfigureAwait(false);
        await _lanes.DisposeAsync().ConfigureAwait(false);
        await _driving.ConfigureAwait(false);
        _interrupted.Dispose();
    }

    private static ActorSystem StartSystem(ClusterOptions options)
    {
        var setup = ActorSystemSetup.Empty.And(BootstrapSetup.Create().WithConfig(ClusterConfig.Of(options)));
        try
        {
            return ActorSystem.Create("pipeline", options.Papers is { } papers ? setup.And(papers.ForRemote()) : setup);
        }
        catch (Exception e) when (SocketTrouble(e) is { } socket)
        {
            throw new BadInputException($"cluster.port: expected an address to listen at, found {options.Host}:{options.Port}: {socket.Message}", e);
        }
    }

    private static SocketException? SocketTrouble(Exception? e) => e switch
    {
        null => null,
        SocketException socket => socket,
        AggregateException several => several.InnerExceptions.Select(SocketTrouble).FirstOrDefault(one => one is not null),
        _ => SocketTrouble(e.InnerException),
    };

    private async Task JoinAsync()
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.RegisterOnMemberUp(up.SetResult);
        if (_options.Seeds.IsEmpty)
        {
            _cluster.Join(_cluster.SelfAddress);
        }
        else
        {
            _cluster.JoinSeedNodes([.. _options.Seeds.Select(seed => _cluster.SelfAddress.WithHost(seed.Host).WithPort(seed.Port))]);
        }

        try
        {
            await up.Task.WaitAsync(_options.JoinWithin, _options.Clock).ConfigureAwait(false);
            if (_options.MayServe) OfferSeat();
        }
        catch (TimeoutException)
        {
            var tried = _options.Seeds.IsEmpty ? "itself alone" : string.Join(", ", _options.Seeds.Select(seed => $"{seed.Host}:{seed.Port}"));
            End(NodeEndKind.NotJoined, $"nobody let {Here} in within {_options.JoinWithin.TotalSeconds:0} s; it asked {tried}");
        }
    }

    // The manager keeps one seat in the whole cluster, on the oldest of the nodes that may serve.
    private void OfferSeat()
    {
        var seat = Props.Create(() => new Seat(TakeSeat, LeaveSeat));
        var settings = ClusterSingletonManagerSettings.Create(_system).WithRole(ClusterConfig.ServerRole).WithSingletonName("seat");
        _system.ActorOf(ClusterSingletonManager.Props(seat, Seat.Vacate.Instance, settings), "server");
    }

    private void TakeSeat(IActorRef actor)
    {
        lock (_gate)
        {
            if (_over) return;
            _listener.Seat = actor;
            _seat = new ServerLeadership(actor, Here, _adapter, _link, _continues, _interrupted.Token);
            var (seat, before) = (_seat, _driving);
            _driving = Task.Run(() => DriveAsync(seat, before));
        }

        _options.Say($"{Here} has the server's seat");
    }

    private void LeaveSeat()
    {
        ServerLeadership? seat;
        lock (_gate)
        {
            (seat, _seat) = (_seat, null);
            _listener.Seat = ActorRefs.Nobody;
        }

        seat?.Lose();
        seat?.Dispose();
    }

    private async Task DriveAsync(ServerLeadership seat, Task before)
    {
        await before.ConfigureAwait(false);
        ExperimentEnd? end = null;

        // A server that was only paused may have taken the nodes over for a moment; the seat's is the one that goes on.
        while (end is null && !seat.Lost.IsCancellationRequested)
        {
            try
            {
                end = await _drive(seat).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                end = new ExperimentEnd(1, Lines.First(e));
            }
        }

        // Whatever a driver comes to, or stumbles over, when its seat is gone concerns nobody.
        if (end is not null && !seat.Lost.IsCancellationRequested)
            _adapter.Tell(new ClusterMembership.Announce(new ExperimentOver(end.ExitCode, end.Reason)));
    }

    private void Over(ExperimentOver over)
    {
        lock (_gate) _over = true;
        _ended.TrySetResult(new NodeEnd(NodeEndKind.Over, over.Reason, over.ExitCode));
    }

    private void End(NodeEndKind kind, string? reason) => _ended.TrySetResult(new NodeEnd(kind, reason));
}
