using Akka.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Which nodes are in the cluster. A node has joined once Akka.Cluster calls its member up and it has introduced itself, unless it
/// runs another experiment, shares its name with a node that is here, or brings another key than its certificate's.
/// </summary>
internal sealed class ClusterRoster(NodeId here, string experiment, NodeCredentials? credentials)
{
    private readonly Dictionary<UniqueAddress, Member> _up = [];
    private readonly Dictionary<UniqueAddress, Hello> _hellos = [];

    // Only of members that are up, except for one that was just refused.
    private readonly Dictionary<UniqueAddress, Hello> _joined = [];

    // Never up here, and never joined.
    private readonly HashSet<UniqueAddress> _refused = [];

    /// <summary>The members that Akka.Cluster calls up.</summary>
    public IReadOnlyCollection<Member> Up => _up.Values;

    /// <summary>How many have joined.</summary>
    public int Joined => _joined.Count;

    /// <summary>The members that are up and have not introduced themselves.</summary>
    public IEnumerable<Member> Silent => _up.Values.Where(member => !HasJoined(member.UniqueAddress));

    /// <summary>Whether every member that is up has joined.</summary>
    public bool IsComplete => _up.Count > 0 && !Silent.Any();

    /// <summary>Whether the node at this address has introduced itself.</summary>
    public bool HasIntroduced(UniqueAddress address) => _hellos.ContainsKey(address);

    /// <summary>Whether the node at this address has joined.</summary>
    public bool HasJoined(UniqueAddress address) => _joined.ContainsKey(address);

    /// <summary>The node at this address; null if it has not joined.</summary>
    public Hello? Find(UniqueAddress address) => _joined.GetValueOrDefault(address);

    /// <summary>The address of a node that has joined and is up; null if there is none.</summary>
    public UniqueAddress? Find(NodeId node) => _joined.FirstOrDefault(one => one.Value.Node == node && _up.ContainsKey(one.Key)).Key;

    /// <summary>A member is up. One that was refused does not count.</summary>
    public void Add(Member member)
    {
        if (!_refused.Contains(member.UniqueAddress)) _up[member.UniqueAddress] = member;
    }

    /// <summary>A node introduced itself.</summary>
    public void Add(UniqueAddress address, Hello hello) => _hellos[address] = hello;

    /// <summary>A member is gone.</summary>
    /// <returns>Its node; null if it had not joined.</returns>
    public Hello? Remove(UniqueAddress address)
    {
        _up.Remove(address);
        _hellos.Remove(address);
        _refused.Remove(address);
        return _joined.Remove(address, out var hello) ? hello : null;
    }

    /// <summary>The addresses of nodes that waited for the end of an earlier node of their name.</summary>
    public IReadOnlyList<UniqueAddress> Namesakes(string name) =>
        [.. _hellos.Where(one => one.Value.Node.Name == name && !HasJoined(one.Key)).Select(one => one.Key)];

    /// <summary>Lets the node at this address join, if it is up, has introduced itself, and does not conflict with another.</summary>
    public JoinDecision Admit(UniqueAddress address)
    {
        if (HasJoined(address) || _refused.Contains(address) || !_hellos.TryGetValue(address, out var hello)) return JoinDecision.Pending.Instance;
        if (!_up.TryGetValue(address, out var member)) return RefuseEarly(address, hello);
        if (hello.Experiment != experiment) return Refuse(member, hello.Node, _up.Values, OtherExperiment(hello));
        if (OtherKey(hello) is { } reason) return LeaveOut(member, hello.Node, reason);
        var namesake = _joined.FirstOrDefault(one => one.Value.Node.Name == hello.Node.Name);
        if (namesake.Value is null)
        {
            _joined.Add(address, hello);
            return new JoinDecision.Accepted(member, hello);
        }

        // The earlier node may be dead: if neither node is this process's, the later one joins when that is known.
        if (hello.Node != here && namesake.Value.Node != here) return JoinDecision.Pending.Instance;
        var (other, self) = hello.Node == here ? (_up[namesake.Key], member) : (member, _up[namesake.Key]);
        return Refuse(other, hello.Node, [self, other], SameName(hello));
    }

    // A node that is not up yet is younger than this one. It may find out by itself and never be up.
    private JoinDecision RefuseEarly(UniqueAddress address, Hello hello)
    {
        var reason = hello.Experiment != experiment ? OtherExperiment(hello)
            : hello.Node.Name == here.Name && hello.Node != here ? SameName(hello)
            : OtherKey(hello);
        if (reason is null || _joined.All(one => one.Value.Node != here)) return JoinDecision.Pending.Instance;
        _refused.Add(address);
        return new JoinDecision.Refused(hello.Node, reason, IsSelf: false);
    }

    private string OtherExperiment(Hello hello) =>
        $"{hello.Node} runs experiment {hello.Experiment}, {here} {experiment}: all nodes need the same file, options and program";

    private static string SameName(Hello hello) => $"two nodes are called {hello.Node.Name}: every node needs a name of its own";

    private string? OtherKey(Hello hello) => hello.Node != here && credentials?.FaultOfKey(hello.Node.Name, hello.Key) is { } fault
        ? $"{hello.Node} does not sign by the key of its certificate: {fault}" : null;

    // Of two that conflict, the older member stays.
    private JoinDecision.Refused Refuse(Member other, NodeId name, IEnumerable<Member> among, string reason)
    {
        var isSelf = among.All(one => one.Equals(other) || other.IsOlderThan(one));
        return isSelf ? new JoinDecision.Refused(name, reason, isSelf) : LeaveOut(other, name, reason);
    }

    private JoinDecision.Refused LeaveOut(Member other, NodeId name, string reason)
    {
        _up.Remove(other.UniqueAddress);
        _refused.Add(other.UniqueAddress);
        return new JoinDecision.Refused(name, reason, IsSelf: false);
    }
}

/// <summary>Whether a node may join.</summary>
internal abstract record JoinDecision
{
    /// <summary>Not yet, or it has joined already.</summary>
    internal sealed record Pending : JoinDecision
    {
        public static Pending Instance { get; } = new();
    }

    /// <summary>It has joined.</summary>
    internal sealed record Accepted(Member Member, Hello Hello) : JoinDecision;

    /// <summary>It conflicts with this node: this process ends, or the other is left out.</summary>
    internal sealed record Refused(NodeId Node, string Reason, bool IsSelf) : JoinDecision;
}
