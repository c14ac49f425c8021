using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// Which node works which stage. Stages that have a place keep it; the others go where a node has room, is no holder of a
/// copy of theirs, nor of the block that they hold a copy of, and has least to do for its cores. Ties are decided by name, so
/// that the same nodes give the same placement.
/// </summary>
public sealed class Placement
{
    private readonly int _stages;
    private readonly bool _copies;
    private readonly ImmutableArray<string> _wished;
    private readonly SortedDictionary<NodeId, NodeCapacity> _nodes;

    /// <summary>Plans for the nodes that are here.</summary>
    /// <param name="plan">How many stages, whether there are copies, and the user's wishes.</param>
    /// <param name="nodes">Nodes that may hold stages.</param>
    public Placement(RunPlan plan, IEnumerable<NodeUp> nodes)
    {
        _stages = plan.Stages;
        _copies = plan.Copies != CopyPlacement.None;
        _wished = plan.Placement;
        _nodes = new(nodes.ToDictionary(n => n.Node, n => n.Capacity));
    }

    /// <summary>Places every stage.</summary>
    /// <param name="held">Where stages are now; those on nodes that are not here count as nowhere.</param>
    /// <returns>The node of each stage; null where there is not room for all.</returns>
    public ImmutableArray<NodeId>? Of(IReadOnlyDictionary<int, NodeId> held)
    {
        var placed = held.Where(h => h.Key < _stages && _nodes.ContainsKey(h.Value)).ToDictionary();
        for (var stage = 0; stage < _stages; stage++)
        {
            if (placed.ContainsKey(stage)) continue;
            if (Best(stage, placed) is not { } node) return null;
            placed[stage] = node;
        }

        while (Move(placed) is { } move) placed[move.Stage] = move.Node;
        return [.. Enumerable.Range(0, _stages).Select(s => placed[s])];
    }

    private NodeId? Best(int stage, Dictionary<int, NodeId> placed)
    {
        var room = _nodes.Keys.Where(n => HasRoom(n, placed)).ToList();
        if (room.Count == 0) return null;
        return room.OrderBy(n => Wished(stage, n) ? 0 : 1)
            .ThenBy(n => Neighbours(stage, n, placed))
            .ThenBy(n => (double)(Load(n, placed) + 1) / _nodes[n].Cores)
            .ThenBy(n => n).First();
    }

    // A stage leaves a node that holds more than its share for one to which it would be the first that is too much for nobody.
    private (int Stage, NodeId Node)? Move(Dictionary<int, NodeId> placed)
    {
        var share = (_stages + _nodes.Count - 1) / _nodes.Count;
        var moves =
            from stage in placed.Keys
            let here = placed[stage]
            where Load(here, placed) > share && !Wished(stage, here)
            from node in _nodes.Keys
            where HasRoom(node, placed) && Load(node, placed) < share && Load(node, placed) + 1 < Load(here, placed)
            orderby Load(here, placed) descending, Neighbours(stage, here, placed) descending, Neighbours(stage, node, placed),
                Load(node, placed), stage, node
            select (stage, node);
        foreach (var move in moves) return move;
        return null;
    }

    private bool Wished(int stage, NodeId node) => !_wished.IsEmpty && _wished[stage] == node.Name;

    private bool HasRoom(NodeId node, Dictionary<int, NodeId> placed) => Load(node, placed) < _nodes[node].Stages;

    private static int Load(NodeId node, Dictionary<int, NodeId> placed) => placed.Values.Count(n => n == node);

    // How many blocks would have both of their holders there.
    private int Neighbours(int stage, NodeId node, Dictionary<int, NodeId> placed) => !_copies ? 0 :
        new[] { (stage + 1) % _stages, (stage + _stages - 1) % _stages }.Distinct()
            .Count(n => n != stage && placed.TryGetValue(n, out var there) && there == node);
}
