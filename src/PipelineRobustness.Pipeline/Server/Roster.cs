using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>The current nodes, and what is known of each.</summary>
internal sealed class Roster(RunPlan plan)
{
    private readonly SortedDictionary<NodeId, NodeUp> _nodes = [];
    private readonly Placement _placement = new(plan);

    // Subsets of the nodes. A spare has said that it holds nothing and has been given nothing since; an unresponsive node has
    // missed a state query and holds nothing that counts; a leaving node gets nothing where another has room; a node that is left out
    // computes other bits than the others; an unheard one has just joined, and has yet to say what it computes.
    private readonly HashSet<NodeId> _spares = [];
    private readonly HashSet<NodeId> _unresponsive = [];
    private readonly HashSet<NodeId> _leaving = [];
    private readonly HashSet<NodeId> _leftOut = [];
    private readonly HashSet<NodeId> _unheard = [];

    /// <summary>Whether stages may be better placed than they are since this was last asked.</summary>
    public bool HasChanged { get; private set; }

    public int Count => _nodes.Count;

    public IReadOnlyCollection<NodeUp> Nodes => _nodes.Values;

    public IEnumerable<NodeUp> NoSpares => _nodes.Values.Where(node => !_spares.Contains(node.Node));

    public int UnresponsiveCount => _nodes.Keys.Count(_unresponsive.Contains);

    public int LeftOutCount => _leftOut.Count;

    public int UnheardCount => _unheard.Count;

    /// <summary>Stages that nodes have room for which may get some.</summary>
    public long Room
    {
        get
        {
            var barred = Barred;
            return _nodes.Values.Where(node => !barred.Contains(node.Node)).Sum(node => (long)node.Capacity.Stages);
        }
    }

    private HashSet<NodeId> Barred => _leftOut.Count + _unheard.Count == 0 ? _unresponsive : [.. _unresponsive, .. _leftOut, .. _unheard];

    public bool Has(NodeId node) => _nodes.ContainsKey(node);

    public NodeUp Get(NodeId node) => _nodes[node];

    public NodeUp? Find(NodeId node) => _nodes.GetValueOrDefault(node);

    public bool IsSpare(NodeId node) => _spares.Contains(node);

    public bool IsUnresponsive(NodeId node) => _unresponsive.Contains(node);

    public bool IsLeftOut(NodeId node) => _leftOut.Contains(node);

    /// <summary>A node that is here from the beginning.</summary>
    public void Add(NodeUp node)
    {
        _nodes[node.Node] = node;
        _spares.Remove(node.Node);
        _placement.Add(node);
    }

    /// <summary>A node has joined.</summary>
    public void Join(NodeUp node)
    {
        Add(node);
        HasChanged = true;
    }

    /// <summary>Removes a lost node. Returns whether it was present.</summary>
    public bool Remove(NodeId node)
    {
        if (!_nodes.Remove(node)) return false;
        _placement.Remove(node);
        _leaving.Remove(node);
        _unresponsive.Remove(node);
        _leftOut.Remove(node);
        _unheard.Remove(node);
        _spares.Remove(node);
        return true;
    }

    public void Leave(NodeId node) => HasChanged |= _leaving.Add(node);

    public void MarkSpare(NodeId node) => _spares.Add(node);

    public void MarkUsed(NodeId node) => _spares.Remove(node);

    public void MarkUnresponsive(NodeId node) => _unresponsive.Add(node);

    /// <summary>A node that missed the state query answers late: it may hold stages.</summary>
    public void MarkResponsive(NodeId node) => HasChanged |= _unresponsive.Remove(node);

    /// <summary>A node gets no stage before it has said what it computes.</summary>
    public void AwaitWord(NodeId node) => _unheard.Add(node);

    /// <summary>A node gets no stage.</summary>
    public void LeaveOut(NodeId node)
    {
        _unheard.Remove(node);
        _leftOut.Add(node);
    }

    /// <summary>A node may get stages after all.</summary>
    public void LetIn(NodeId node) => HasChanged |= _leftOut.Remove(node) | _unheard.Remove(node);

    /// <summary>A state query begins: no node has missed it yet.</summary>
    public void ForgetUnresponsive() => _unresponsive.Clear();

    /// <summary>Asks a node to stop a stage, if the node is present.</summary>
    public void Drop(NodeId node, IActorRef stage, Ballot ballot, Outbox outbox)
    {
        if (_nodes.TryGetValue(node, out var up)) outbox.ToNode(up.Actor, new DropStage(ballot, stage));
    }

    /// <summary>The node of each stage, where every stage keeps its place if possible; null if there is not enough room.</summary>
    public ImmutableArray<NodeId>? Place(IReadOnlyDictionary<int, NodeId> held) =>
        _placement.Of(held, Barred.Union(_leaving).ToHashSet()) ?? _placement.Of(held, Barred);

    /// <summary>
    /// A better placement at an iteration's boundary: towards nodes with more room, away from leaving ones. Null if there is
    /// none, or if no node has joined or is to leave since the last call.
    /// </summary>
    public ImmutableArray<NodeId>? BetterThan(ImmutableArray<NodeId> placement)
    {
        if (!HasChanged) return null;
        HasChanged = false;
        var stays = Enumerable.Range(0, placement.Length).Where(stage => !_leaving.Contains(placement[stage]))
            .ToDictionary(stage => stage, stage => placement[stage]);
        return Place(stays) is { } better && !better.SequenceEqual(placement) ? better : null;
    }
}
