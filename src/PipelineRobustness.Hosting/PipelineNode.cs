using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Hosting;

/// <summary>This process as a node of a cluster: it joins, hosts stages and, if it drives the experiment, leads when it is elected.</summary>
public sealed class PipelineNode : IDisposable
{
    private readonly NodeSetup _setup;
    private readonly OpenLanes _openLanes;
    private readonly NodeLifecycle _life;
    private readonly NodeKey _key;

    // Null before the host starts them, in this order.
    private NodeLanes? _lanes;
    private Fingerprints? _fingerprints;
    private Akka.Cluster.Cluster? _cluster;
    private LocalNode? _local;
    private IActorRef? _membership;
    private Leadership? _leadership;

    // Read by signal handlers.
    private volatile bool _joined;

    internal PipelineNode(NodeSetup setup, OpenLanes openLanes)
    {
        _setup = setup;
        _openLanes = openLanes;
        _life = new NodeLifecycle(setup.Options.JoinsOthers);
        _key = setup.Options.Credentials?.Key() ?? NodeKey.Draw();
        Here = new NodeId(setup.Options.Name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
    }

    /// <summary>The node's name and incarnation.</summary>
    public NodeId Here { get; }

    /// <summary>The port of its control messages, once the host has started.</summary>
    public int Port => Started(_cluster).SelfAddress.Port!.Value;

    /// <summary>Whether the cluster has let it in.</summary>
    public bool HasJoined => _joined;

    /// <summary>Completes when there is nothing more to do here; the host then stops, and the node leaves the cluster.</summary>
    public Task<NodeEnd> Ended => _life.Ended;

    internal ActorSystem System => Started(_cluster).System;

    /// <summary>The actor that a server subscribes to.</summary>
    internal IActorRef Membership => Started(_membership);

    private ClusterOptions Options => _setup.Options;

    /// <summary>Asks for the experiment to end, on all nodes, after the current iteration.</summary>
    public void Interrupt() => Announce(new InterruptExperiment(Here));

    /// <summary>
    /// Asks to leave: others take this node's stages after the current iteration, and the node leaves when it has none. If all nodes are
    /// asked to, the experiment is interrupted instead.
    /// </summary>
    /// <param name="within">The node leaves after this time in any case.</param>
    public void Leave(TimeSpan within)
    {
        var news = new NodeLeaving(Here, Options.Clock.GetUtcNow() + within);
        Membership.Tell(new ClusterMembership.AskedToLeave(news, () =>
        {
            var deadline = new CancellationTokenSource(within, Options.Clock);
            deadline.Token.Register(() => _life.End(NodeEndKind.Left, $"left after {within.TotalSeconds:0} s with stages that no other node took"));
            Started(_local).Actor.Tell(new NotifyWhenEmpty(() => _life.End(NodeEndKind.Left, null)));
        }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _life.Dispose();
        _key.Dispose();
    }

    /// <exception cref="BadInputException">The node cannot listen on the lanes' address.</exception>
    internal async Task OpenAsync()
    {
        _lanes = new NodeLanes(_setup, Here, _openLanes);
        _fingerprints = await OwnFingerprints.ComputeAsync([.. _setup.Plans], Options).ConfigureAwait(false);
    }

    internal void StartActors(ActorSystem system)
    {
        var (lanes, fingerprints) = (Started(_lanes), Started(_fingerprints));
        _cluster = Akka.Cluster.Cluster.Get(system);
        system.EventStream.Subscribe(system.ActorOf<RunSystem.Undelivered>("undelivered"), typeof(DeadLetter));
        var ports = new ClusterPorts(lanes.Transport, Options, _key);
        var runs = new ClusterCatalog(_setup.Catalog, ports);
        Action<string> quarantined = reason => _life.End(NodeEndKind.Quarantined, reason);
        var local = _local = new LocalNode(
            Here, system.ActorOf(Props.Create(() => new Node(Here, runs, _key, fingerprints, quarantined)), "node"),
            system.ActorOf(Props.Create(() => new Membership(true)), "membership"), _key.PublicKey);
        var membership = _membership = system.ActorOf(
            Props.Create(() => new ClusterMembership(Options, local, lanes.Peers, _life)), ClusterMembership.Name);
        (lanes.Listener.Node, lanes.Listener.Membership) = (local.Actor, membership);
        if (_setup.Drive is { } drive)
        {
            _leadership = new Leadership(
                drive, singleton => new ServerLeadership(singleton, Here, membership, ports, fingerprints, _life.MayHaveBegun, _life.Interrupt),
                end => Announce(new ExperimentOver(end.ExitCode, end.Reason)));
        }

        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "leadership", () =>
        {
            StopLeading();
            if (shutdown.ShutdownReason is CoordinatedShutdown.ClusterDowningReason)
                _life.End(NodeEndKind.CutOff, "cut off from the majority of nodes, or declared dead by it: the others continue its work");
            return Task.FromResult(Akka.Done.Instance);
        });
    }

    /// <summary>The actor that Akka.Cluster runs on the leader's node.</summary>
    internal Props Singleton() => Props.Create(() => new ServerSingleton(StartLeading, StopLeading));

    /// <summary>Joins the cluster; <see cref="Ended"/> completes if that takes too long.</summary>
    internal async Task JoinAsync(CancellationToken stop)
    {
        var cluster = Started(_cluster);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(up.SetResult);
        if (Options.Seeds.IsEmpty) cluster.Join(cluster.SelfAddress);
        else cluster.JoinSeedNodes([.. Options.Seeds.Select(seed => cluster.SelfAddress.WithHost(HostText.InAddress(seed.Host)).WithPort(seed.Port))]);
        try
        {
            await Task.WhenAny(up.Task, Ended).WaitAsync(Options.JoinWithin, Options.Clock, stop).ConfigureAwait(false);
            _joined = up.Task.IsCompleted;
        }
        catch (TimeoutException)
        {
            var question = new SeedQuestion(cluster.SelfAddress, Options.Credentials, Options.Clock);
            var asked = Options.Seeds.IsEmpty ? "itself alone"
                : string.Join("; ", await Task.WhenAll(Options.Seeds.Select(question.DescribeAsync)).ConfigureAwait(false));
            _life.End(NodeEndKind.NotJoined, $"{Here} could not join the cluster within {Options.JoinWithin.TotalSeconds:0} s; it asked {asked}");
        }
    }

    internal void StopLeading()
    {
        if (_lanes is not null) _lanes.Listener.Server = ActorRefs.Nobody;
        _leadership?.End();
    }

    /// <summary>After the actor system has ended.</summary>
    internal async Task CloseAsync()
    {
        _life.End(NodeEndKind.CutOff, "its actor system ended");
        if (_lanes is not null) await _lanes.DisposeAsync().ConfigureAwait(false);
        if (_leadership is not null) await _leadership.Ended.ConfigureAwait(false);
    }

    private void StartLeading(IActorRef singleton)
    {
        if (Ended.IsCompleted) return;
        Started(_lanes).Listener.Server = singleton;
        Started(_leadership).Begin(singleton);
        Options.Report($"{Here} leads the experiment");
    }

    private void Announce(object news) => Membership.Tell(new ClusterMembership.Announce(news));

    private static T Started<T>(T? part)
        where T : class => part ?? throw new InvalidOperationException("the host has not started the node yet");
}
