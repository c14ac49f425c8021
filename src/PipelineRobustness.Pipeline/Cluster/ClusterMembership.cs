using Akka.Actor;
using Akka.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Makes <see cref="Membership"/>'s news of Akka.Cluster's. A member counts as here when it has said who it is (<see cref="Hello"/>);
/// a subscriber hears who is here when every member has, and when there have once been as many as the experiment begins with.
/// A member is lost when it was downed, has left, or a lane has proven its death: then it is downed at once.
/// </summary>
internal sealed partial class ClusterMembership : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name: the one that nodes find each other by.</summary>
    public const string Name = "cluster-membership";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ClusterOptions _options;
    private readonly Surroundings _around;
    private readonly Dictionary<UniqueAddress, Member> _up = [];
    private readonly Dictionary<UniqueAddress, Hello> _hellos = [];
    private readonly Dictionary<UniqueAddress, Hello> _here = [];
    private readonly List<SubscribeToMembership> _waiting = [];
    private readonly HashSet<NodeId> _leaving = [];
    private bool _formed;
    private bool _begun;
    private bool _over;
    private DateTimeOffset _reportedAt;
    private DateTimeOffset _waitingSince;

    public ClusterMembership(ClusterOptions options, Surroundings around)
    {
        _options = options;
        _around = around;
        Receive<ClusterEvent.MemberUp>(m => Came(m.Member));
        Receive<ClusterEvent.UnreachableMember>(m => Suspect(m.Member));
        Receive<ClusterEvent.MemberDowned>(m => Gone(m.Member.UniqueAddress, "it was silent, and the majority goes on without it"));
        Receive<ClusterEvent.MemberRemoved>(m => Gone(m.Member.UniqueAddress, "it left the cluster"));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
        Receive<ClusterEvent.IReachabilityEvent>(_ => { });
        Receive<Hello>(Greet);
        Receive<ProvenDead>(Bury);
        Receive<SubscribeToMembership>(m =>
        {
            _waiting.Add(m);
            Answer();
        });
        Receive<NodeLeaving>(m => Part(m, goes: null));
        Receive<AskedToLeave>(m =>
        {
            foreach (var other in _up.Values.Where(other => !IsSelf(other))) AdapterAt(other).Tell(m.News, Self);
            Part(m.News, m.Goes);
        });
        Receive<Announce>(m => TellAll(m.News));
        Receive<ExperimentBegun>(_ => Begin());
        Receive<InterruptExperiment>(_ => _around.Interrupted());
        Receive<ExperimentOver>(m =>
        {
            _over = true;
            _around.Over(m);
        });
        Receive<PollPeers>(_ => LookForSilent());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private bool Complete => _up.Count > 0 && _up.Keys.All(_here.ContainsKey);

    protected override void PreStart()
    {
        _waitingSince = _reportedAt = _options.Clock.GetUtcNow();
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent),
            typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(nameof(PollPeers), PollPeers.Instance, Look, Look);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    // Without it nobody here would hear of others any more: the node ends, and says at what.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            _around.Broken($"{Self.Path.Name} could not handle {message.GetType().Name}: {Lines.First(e)}");
            throw;
        }
    }

    private void Came(Member member)
    {
        _up[member.UniqueAddress] = member;
        if (IsSelf(member)) Welcome(member, Mine(asks: false));
        else if (_hellos.TryGetValue(member.UniqueAddress, out var hello)) Welcome(member, hello);
        else Introduce(member);
    }

    private void Introduce(Member member) =>
        AdapterAt(member).Tell(Mine(asks: !_here.ContainsKey(member.UniqueAddress)), Self);

    private void Greet(Hello hello)
    {
        var from = new UniqueAddress(Sender.Path.Address, hello.Uid);
        _hellos[from] = hello;
        if (hello.Asks) Sender.Tell(Mine(asks: false));
        if (_up.TryGetValue(from, out var member)) Welcome(member, hello);
    }

    private void Welcome(Member member, Hello hello)
    {
        if (_here.ContainsKey(member.UniqueAddress) || _over) return;
        if (hello.Experiment != _options.Experiment)
        {
            TurnAway(
                member, $"{hello.Node} works experiment {hello.Experiment}, {_around.Here} {_options.Experiment}: "
                + "all nodes need the same file, options and program", hello.Node, _up.Values);
            return;
        }

        // Where one of that name was here before and is dead, this one's turn comes when that is known.
        var namesake = _here.FirstOrDefault(other => other.Value.Node.Name == hello.Node.Name && !other.Key.Equals(member.UniqueAddress));
        if (namesake.Value is not null)
        {
            var other = hello.Node == _around.Here ? _up[namesake.Key] : member;
            if (hello.Node == _around.Here || namesake.Value.Node == _around.Here)
                TurnAway(other, $"two nodes are called {hello.Node.Name}: every node needs a name of its own", hello.Node, [_cluster.SelfMember, other]);
            return;
        }

        _here[member.UniqueAddress] = hello;
        _formed |= hello.Formed || _here.Count >= _options.Nodes;
        if (hello.Begun) Begin();
        if (hello.Node != _around.Here)
        {
            _around.Directory.Add(member.Address, hello.Lanes);
            _around.Lanes.Watch(hello.Lanes);
        }

        _options.Say($"{hello.Node} joined ({member.Address.Host}:{member.Address.Port}, room for {hello.Capacity.Stages}, {hello.Capacity.Device})");
        _around.Membership.Tell(new NodeUp(hello.Node, hello.Capacity, hello.Actor));
        Answer();
    }

    // Where two do not go together the older one counts. The other goes, and is left out of account.
    private void TurnAway(Member member, string line, NodeId who, IEnumerable<Member> among)
    {
        if (among.All(other => other.Equals(member) || member.IsOlderThan(other)))
        {
            _around.TurnedAway(line);
            return;
        }

        _up.Remove(member.UniqueAddress);
        _options.Say($"{line}; {who} is left out");
        Answer();
    }

    private void Answer()
    {
        if (!Complete || !_formed) return;
        foreach (var subscriber in _waiting) _around.Membership.Tell(subscriber);
        _waiting.Clear();
    }

    // What Akka.Cluster knows of others' leaving comes later than their word.
    private void Part(NodeLeaving news, Action? goes)
    {
        _leaving.Add(news.Node);
        if (InterruptWhereAllLeave()) return;
        _around.Membership.Tell(news);
        goes?.Invoke();
    }

    private bool InterruptWhereAllLeave()
    {
        var all = _leaving.Contains(_around.Here)
            && _up.Keys.All(address => _here.TryGetValue(address, out var hello) && _leaving.Contains(hello.Node));
        if (all) TellAll(new InterruptExperiment(_around.Here));
        return all;
    }

    private void TellAll(object news)
    {
        foreach (var member in _up.Values) AdapterAt(member).Tell(news, Self);
    }

    private void Begin()
    {
        _begun = true;
        _around.Begun();
    }

    private void Suspect(Member member)
    {
        if (_here.TryGetValue(member.UniqueAddress, out var hello)) _around.Membership.Tell(new NodeSuspected(hello.Node));
    }

    private void Gone(UniqueAddress address, string reason)
    {
        _up.Remove(address);
        _hellos.Remove(address);
        if (_here.Remove(address, out var hello))
        {
            _around.Directory.Remove(address.Address, hello.Lanes);
            _around.Lanes.Forget(hello.Node);
            if (!_over && hello.Node != _around.Here) _options.Say($"{hello.Node} is gone: {reason}");
            _around.Membership.Tell(new NodeLost(hello.Node, reason));
            InterruptWhereAllLeave();
            foreach (var (other, later) in _hellos.Where(h => h.Value.Node.Name == hello.Node.Name).ToArray())
                if (_up.TryGetValue(other, out var member)) Welcome(member, later);
        }

        Answer();
    }

    // Cluster.Down goes by address: one that was born again at the same place must not be meant.
    private void Bury(ProvenDead dead)
    {
        foreach (var (address, hello) in _here)
        {
            if (hello.Node != dead.Node || !_up.ContainsKey(address)) continue;
            var current = _cluster.State.Members.FirstOrDefault(m => m.Address.Equals(address.Address));
            if (current?.UniqueAddress.Equals(address) == true)
            {
                ProvenDeathDetector.Tell(_cluster.FailureDetector, address.Address);
                _cluster.Down(address.Address);
            }

            Gone(address, dead.Proof);
            return;
        }
    }

    private void LookForSilent()
    {
        var silent = _up.Values.Where(m => !_here.ContainsKey(m.UniqueAddress)).ToArray();
        foreach (var member in silent) Introduce(member);
        var now = _options.Clock.GetUtcNow();
        if (Complete && _formed) _waitingSince = _reportedAt = now;
        if (now - _reportedAt < _options.WaitReport) return;
        _reportedAt = now;
        var what = silent.Length > 0 ? $"{string.Join(", ", silent.Select(m => $"{m.Address.Host}:{m.Address.Port}"))} to say who they are"
            : _up.Count == 0 ? "being let in"
            : $"{_options.Nodes - _here.Count} more of {_options.Nodes} nodes";
        _options.Say($"waiting for {what} since {_waitingSince:u}");
    }

    private Hello Mine(bool asks) => new(
        _around.Here, _cluster.SelfUniqueAddress.Uid, _options.Capacity, _around.Lanes.Here, _options.Experiment, _formed, _begun, asks,
        _around.Node);

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    private ICanTell AdapterAt(Member member) => IsSelf(member)
        ? Self
        : Context.ActorSelection(new RootActorPath(member.Address) / "user" / Name);
}

/// <summary>What it hears and tells beside its conversation with the other nodes.</summary>
internal sealed partial class ClusterMembership
{
    /// <summary>A lane says that a node's process is no more.</summary>
    internal sealed record ProvenDead(NodeId Node, string Proof);

    /// <summary>This node was asked to leave; <paramref name="Goes"/> is called where others stay.</summary>
    internal sealed record AskedToLeave(NodeLeaving News, Action Goes);

    /// <summary>Tell every node.</summary>
    internal sealed record Announce(object News);

    /// <summary>What an adapter works with.</summary>
    /// <param name="Here">This node.</param>
    /// <param name="Node">Its actor.</param>
    /// <param name="Membership">Who tells the server.</param>
    /// <param name="Lanes">Its lanes.</param>
    /// <param name="Directory">Where others' lanes are.</param>
    /// <param name="Over">Called when the experiment is over.</param>
    /// <param name="Begun">Called when a node has begun to write results.</param>
    /// <param name="Interrupted">Called when it is to end after the current iteration.</param>
    /// <param name="TurnedAway">Called when this node has no business here, with why.</param>
    /// <param name="Broken">Called when it cannot go on, with why.</param>
    internal sealed record Surroundings(
        NodeId Here, IActorRef Node, IActorRef Membership, ILanes Lanes, NodeDirectory Directory, Action<ExperimentOver> Over,
        Action Begun, Action Interrupted, Action<string> TurnedAway,
        Action<string> Broken);

    private sealed class PollPeers
    {
        public static PollPeers Instance { get; } = new();
    }
}
