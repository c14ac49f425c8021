using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What nodes and stages have answered to the state query of one ballot.</summary>
internal sealed class StateReports
{
    private readonly Dictionary<NodeId, ImmutableArray<IActorRef>> _nodes = [];
    private readonly Dictionary<IActorRef, StageState> _stages = [];
    private readonly HashSet<IActorRef> _dropped = [];

    /// <summary>The stages that count, in the order in which they answered.</summary>
    public IReadOnlyCollection<StageState> Stages => _stages.Values;

    public StageState this[IActorRef stage]
    {
        get => _stages[stage];
        set => _stages[stage] = value;
    }

    public bool Has(IActorRef stage) => _stages.ContainsKey(stage);

    public bool HasAnswered(NodeId node) => _nodes.ContainsKey(node);

    /// <summary>
    /// Whether the node and each of its stages have answered. A spare need not: it has said that it has nothing, and most of ten
    /// thousand nodes are spares.
    /// </summary>
    public bool IsComplete(NodeId node, Roster roster) =>
        roster.IsSpare(node) || (_nodes.TryGetValue(node, out var stages) && stages.All(_stages.ContainsKey));

    /// <summary>Nodes of which nothing has come, or too late.</summary>
    public IEnumerable<NodeUp> Silent(Roster roster) =>
        roster.NoSpares.Where(node => !HasAnswered(node.Node) || roster.IsUnresponsive(node.Node));

    /// <summary>The same, and nodes of which a stage has not answered.</summary>
    public IEnumerable<NodeUp> Incomplete(Roster roster) =>
        roster.Nodes.Where(node => !IsComplete(node.Node, roster) || roster.IsUnresponsive(node.Node));

    public bool WasDropped(IActorRef stage) => _dropped.Contains(stage);

    public void Note(NodeState answer) => _nodes[answer.Node] = answer.Stages;

    /// <summary>A node's stages that have not answered yet.</summary>
    public ImmutableArray<IActorRef> Missing(NodeId node) => [.. _nodes.GetValueOrDefault(node, []).Where(stage => !_stages.ContainsKey(stage))];

    /// <summary>Only those of a node's stages count that have answered.</summary>
    public void CloseWithout(NodeId node) => _nodes[node] = [.. _nodes.GetValueOrDefault(node, []).Where(_stages.ContainsKey)];

    /// <summary>A stage does not count any more.</summary>
    public void Drop(IActorRef stage)
    {
        _stages.Remove(stage);
        _dropped.Add(stage);
    }

    /// <summary>A node is lost, and its stages with it.</summary>
    public void Remove(NodeId node)
    {
        _nodes.Remove(node);
        foreach (var stage in _stages.Values.Where(stage => stage.Node == node).ToArray()) _stages.Remove(stage.Actor);
    }
}
