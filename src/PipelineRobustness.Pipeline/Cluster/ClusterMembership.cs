using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Translates Akka.Cluster's events into <see cref="Membership"/>'s. A subscriber receives the nodes that are here once every member has
/// joined (<see cref="ClusterRoster"/>) and there have been as many as the experiment begins with. A member is lost when it was downed,
/// has left, or a lane has proven its death: then it is downed at once.
/// </summary>
internal sealed class ClusterMembership : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name, by which nodes find each other.</summary>
    public const string Name = "cluster-membership";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ClusterOptions _options;
    private readonly LocalNode _local;
    private readonly PeerLanes _lanes;
    private readonly NodeLifecycle _life;
    private readonly ClusterRoster _roster;
    private readonly HashSet<NodeId> _leaving = [];

    // Empty once the cluster is complete.
    private readonly List<SubscribeToMembership> _subscribing = [];

    // Never back to false: there have been as many nodes as the experiment begins with.
    private bool _formed;

    // Never back to false: no node joins after the experiment's end.
    private bool _over;
    private DateTimeOffset _waitingSince;
    private DateTimeOffset _reportedAt;

    public ClusterMembership(ClusterOptions options, LocalNode local, PeerLanes lanes, NodeLifecycle life)
    {
        (_options, _local, _lanes, _life) = (options, local, lanes, life);
        _roster = new ClusterRoster(local.Id, options.Experiment, options.Credentials);
        Receive<ClusterEvent.MemberUp>(m => Appear(m.Member));
        Receive<ClusterEvent.MemberDowned>(m => Lose(m.Member.UniqueAddress, "it was silent, and the majority continues without it"));
        Receive<ClusterEvent.MemberRemoved>(m => Lose(m.Member.UniqueAddress, "it left the cluster"));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
        Receive<Hello>(Greet);
        Receive<ProvenDead>(Bury);
        Receive<SubscribeToMembership>(m =>
        {
            _subscribing.Add(m);
            AnswerSubscribers();
        });
        Receive<NodeLeaving>(m =>
        {
            if (_roster.Find(m.Node)?.Address.Equals(Sender.Path.Address) == true) Leave(m);
        });
        Receive<AskedToLeave>(m =>
        {
            foreach (var other in _roster.Up.Where(other => !IsSelf(other))) MembershipAt(other).Tell(m.News, Self);
            if (Leave(m.News)) m.Leave();
        });
        Receive<Announce>(m => TellAll(m.News));
        Receive<ExperimentBegun>(_ => _life.Begin());
        Receive<InterruptExperiment>(_ => _life.RequestInterrupt());
        Receive<ExperimentOver>(m =>
        {
            _over = true;
            _life.End(NodeEndKind.Over, m.Reason, m.ExitCode);
        });
        Receive<PollPeers>(_ => IntroduceToSilent());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _waitingSince = _reportedAt = _options.Clock.GetUtcNow();
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(nameof(PollPeers), PollPeers.Instance, PollInterval, PollInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    // Without this actor the node would never learn of another's death, so it ends.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            _life.End(NodeEndKind.CutOff, $"{Self.Path.Name} could not handle {message.GetType().Name}: {Lines.First(e)}");
            throw;
        }
    }

    private void Appear(Member member)
    {
        _roster.Add(member);
        if (IsSelf(member)) _roster.Add(member.UniqueAddress, OwnHello(asks: false));
        else if (!_roster.HasIntroduced(member.UniqueAddress)) Introduce(member);
        Admit(member.UniqueAddress);
    }

    private void Introduce(Member member) => MembershipAt(member).Tell(OwnHello(asks: !_roster.HasJoined(member.UniqueAddress)), Self);

    // A node introduces itself, and no other.
    private void Greet(Hello hello)
    {
        if (!hello.Actor.Path.Address.Equals(Sender.Path.Address)) return;
        var from = new UniqueAddress(Sender.Path.Address, hello.Uid);
        _roster.Add(from, hello);
        if (hello.Asks) Sender.Tell(OwnHello(asks: false));
        Admit(from);
    }

    private void Admit(UniqueAddress address)
    {
        if (_over) return;
        switch (_roster.Admit(address))
        {
            case JoinDecision.Accepted accepted:
                Welcome(accepted.Member, accepted.Hello);
                break;
            case JoinDecision.Refused { IsSelf: true } refused:
                _life.End(NodeEndKind.Refused, refused.Reason);
                break;
            case JoinDecision.Refused refused:
                _options.Report($"{refused.Reason}; {refused.Node} is left out");
                AnswerSubscribers();
                break;
        }
    }

    private void Welcome(Member member, Hello hello)
    {
        _formed |= hello.Formed || _roster.Joined >= _options.Nodes;
        if (hello.Begun) _life.Begin();
        if (hello.Node != _local.Id) _lanes.Add(member.Address, hello.Lanes);
        _options.Report($"{hello.Node} joined ({member.Address.Host}:{member.Address.Port}, room for {hello.Capacity.Stages}, {hello.Capacity.Device})");
        _local.Membership.Tell(new NodeUp(hello.Node, hello.Capacity, hello.Actor) { Key = hello.Key });
        AnswerSubscribers();
    }

    private void AnswerSubscribers()
    {
        if (!_roster.IsComplete || !_formed) return;
        foreach (var subscriber in _subscribing) _local.Membership.Tell(subscriber);
        _subscribing.Clear();
    }

    // A node reports that it leaves earlier than Akka.Cluster does. False if all leave, which interrupts the experiment.
    private bool Leave(NodeLeaving news)
    {
        _leaving.Add(news.Node);
        if (InterruptIfAllLeave()) return false;
        _local.Membership.Tell(news);
        return true;
    }

    private bool InterruptIfAllLeave()
    {
        var all = _leaving.Contains(_local.Id)
            && _roster.Up.All(member => _roster.Find(member.UniqueAddress) is { } hello && _leaving.Contains(hello.Node));
        if (all) TellAll(new InterruptExperiment(_local.Id));
        return all;
    }

    private void TellAll(object news)
    {
        foreach (var member in _roster.Up) MembershipAt(member).Tell(news, Self);
    }

    private void Lose(UniqueAddress address, string reason)
    {
        if (_roster.Remove(address) is { } hello)
        {
            _lanes.Remove(address.Address, hello.Lanes);
            if (!_over && hello.Node != _local.Id) _options.Report($"{hello.Node} is gone: {reason}");
            _local.Membership.Tell(new NodeLost(hello.Node, reason));
            InterruptIfAllLeave();
            foreach (var later in _roster.Namesakes(hello.Node.Name)) Admit(later);
        }

        AnswerSubscribers();
    }

    private void Bury(ProvenDead dead)
    {
        if (_roster.Find(dead.Node) is not { } address) return;
        // Cluster.Down goes by address, where a new process may already be a member.
        var current = _cluster.State.Members.FirstOrDefault(m => m.Address.Equals(address.Address));
        if (current?.UniqueAddress.Equals(address) == true)
        {
            ProvenDeathDetector.DeclareDead(_cluster.FailureDetector, address.Address);
            _cluster.Down(address.Address);
        }

        Lose(address, dead.Proof);
    }

    private void IntroduceToSilent()
    {
        var silent = _roster.Silent.ToArray();
        foreach (var member in silent) Introduce(member);
        var now = _options.Clock.GetUtcNow();
        if (_roster.IsComplete && _formed) _waitingSince = _reportedAt = now;
        if (now - _reportedAt < _options.WaitReport) return;
        _reportedAt = now;
        var what = silent.Length > 0 ? $"{string.Join(", ", silent.Select(m => $"{m.Address.Host}:{m.Address.Port}"))} to introduce themselves"
            : _roster.Up.Count == 0 ? "the cluster to let it join"
            : $"{_options.Nodes - _roster.Joined} more of {_options.Nodes} nodes";
        _options.Report($"waiting since {_waitingSince:u} for {what}");
    }

    private Hello OwnHello(bool asks) => new(
        _local.Id, _cluster.SelfUniqueAddress.Uid, _options.Capacity, _lanes.Here, _options.Experiment, _formed, _life.HasBegun, asks, _local.Actor,
        _local.Key);

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    private ICanTell MembershipAt(Member member) => IsSelf(member)
        ? Self
        : Context.ActorSelection(new RootActorPath(member.Address) / "user" / Name);

    /// <summary>A lane has proven that a node's process is dead.</summary>
    internal sealed record ProvenDead(NodeId Node, string Proof);

    /// <summary>This node was asked to leave; <paramref name="Leave"/> is called if others stay.</summary>
    internal sealed record AskedToLeave(NodeLeaving News, Action Leave);

    /// <summary>Tell every node.</summary>
    internal sealed record Announce(object News);

    private sealed class PollPeers
    {
        public static PollPeers Instance { get; } = new();
    }
}

/// <summary>This process's node and the actors that act for it.</summary>
/// <param name="Id">Its name and incarnation.</param>
/// <param name="Actor">The actor that starts stages.</param>
/// <param name="Membership">The actor that tells the server which nodes are here.</param>
/// <param name="Key">The public key by which it signs.</param>
internal sealed record LocalNode(NodeId Id, IActorRef Actor, IActorRef Membership, ImmutableArray<byte> Key);
