using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// Assigns stages to nodes. Placed stages stay where they are. Any other stage goes to a node that has room and enough memory,
/// holds neither a copy of the stage's block nor the original of its copy, and has the least load for its computing power.
/// Ties are decided by name, so that the same nodes give the same placement.
/// </summary>
/// <remarks>
/// The memory that stages need is an estimate, and the memory that nodes have is their own report. So a stage may stay unplaced
/// for lack of room, but never for lack of memory alone. A node's share of the stages is proportional to its computing power.
/// </remarks>
public sealed class Placement
{
    // A GPU counts as this many cores: any number above the core count of today's processors.
    private const int CoresOfCard = 256;

    private readonly RunPlan _plan;
    private readonly Dictionary<NodeId, NodeCapacity> _nodes = [];
    private double _power;

    /// <summary>Starts without nodes.</summary>
    /// <param name="plan">The number of stages, their needs, whether there are copies, and the user's preferences.</param>
    public Placement(RunPlan plan) => _plan = plan;

    /// <summary>Adds a node.</summary>
    public void Add(NodeUp node)
    {
        ArgumentNullException.ThrowIfNull(node);
        Remove(node.Node);
        _nodes[node.Node] = node.Capacity;
        _power += Power(node.Capacity);
    }

    /// <summary>Removes a node.</summary>
    public void Remove(NodeId node)
    {
        if (_nodes.Remove(node, out var capacity)) _power -= Power(capacity);
    }

    /// <summary>Places every stage.</summary>
    /// <param name="held">Where stages are now; a stage on an absent node counts as unplaced.</param>
    /// <param name="without">Nodes that must not hold stages although they are present; null for none.</param>
    /// <returns>The node of each stage; null if there is not enough room.</returns>
    public ImmutableArray<NodeId>? Of(IReadOnlyDictionary<int, NodeId> held, IReadOnlySet<NodeId>? without = null)
    {
        ArgumentNullException.ThrowIfNull(held);
        var assignment = new Assignment(this, without ?? ImmutableHashSet<NodeId>.Empty);
        foreach (var (stage, node) in held.Where(h => h.Key < _plan.Stages && assignment.Has(h.Value))) assignment.Put(stage, node);
        for (var stage = 0; stage < _plan.Stages; stage++)
        {
            if (assignment.Of(stage) is not null) continue;
            if (Best(stage, assignment) is not { } node) return null;
            assignment.Put(stage, node);
        }

        while (Move(assignment) is { } move) assignment.Put(move.Stage, move.Node);
        return [.. Enumerable.Range(0, _plan.Stages).Select(s => assignment.Of(s)!.Value)];
    }

    // Nodes with room, least loaded first: usually the first one fits, so that ten thousand nodes need not be examined.
    private NodeId? Best(int stage, Assignment assignment)
    {
        NodeId? best = null;
        (bool Unwished, bool Cramped, int Neighbours) least = default;
        foreach (var node in assignment.LeastLoaded.Where(assignment.HasRoom))
        {
            var found = (_plan.Pipeline.Placement.Count > 0 && !Wished(stage, node), !assignment.Fits(stage, node), assignment.Neighbours(stage, node));
            if (best is not null && found.CompareTo(least) >= 0) continue;
            (best, least) = (node, found);
            if (least == default) break;
        }

        return best;
    }

    // A stage moves off a node that exceeds its share or its memory to one that has enough memory. This terminates: every move
    // reduces the memory excess or, at equal excess, evens out the number of stages.
    private (int Stage, NodeId Node)? Move(Assignment assignment)
    {
        var leaving =
            from stage in Enumerable.Range(0, _plan.Stages)
            let here = assignment.Of(stage)!.Value
            let cramped = assignment.IsCramped(here)
            where (cramped || assignment.Load(here) > assignment.Share(here)) && !Wished(stage, here)
            orderby cramped descending, assignment.Load(here) descending, assignment.Neighbours(stage, here) descending, stage
            select (stage, here, cramped);
        foreach (var (stage, here, cramped) in leaving)
        {
            var better = assignment.Nodes.Where(n => n != here && assignment.HasRoom(n) && assignment.Fits(stage, n)
                && (cramped || (assignment.Load(n) < assignment.Share(n) && (assignment.Load(n) + 1) / Power(n) < assignment.Load(here) / Power(here))));
            var best = better.Cast<NodeId?>().MinBy(n => (assignment.Neighbours(stage, n!.Value), assignment.Load(n.Value), n.Value));
            if (best is { } node) return (stage, node);
        }

        return null;
    }

    private bool Wished(int stage, NodeId node) => _plan.Pipeline.Placement.Count > 0 && _plan.Pipeline.Placement[stage] == node.Name;

    private double Power(NodeId node) => Power(_nodes[node]);

    // A node may report any number of cores; without power it would have no share, and moves would not end.
    private static double Power(NodeCapacity capacity) => capacity.Device == "cpu" ? Math.Max(1, capacity.Cores) : CoresOfCard;

    /// <summary>The tentative placement while it is being computed.</summary>
    private sealed class Assignment(Placement placement, IReadOnlySet<NodeId> without)
    {
        private readonly double _power = placement._power - without.Where(placement._nodes.ContainsKey).Sum(placement.Power);
        private readonly NodeId?[] _of = new NodeId?[placement._plan.Stages];
        private readonly Dictionary<NodeId, (int Stages, long Bytes)> _taken = [];
        private SortedSet<(double Load, NodeId Node)>? _leastLoaded;

        /// <summary>All nodes, ordered by load per computing power with one more stage, then by name.</summary>
        public IEnumerable<NodeId> LeastLoaded => (_leastLoaded ??= [.. Nodes.Select(Loaded)]).Select(l => l.Node);

        public IEnumerable<NodeId> Nodes => placement._nodes.Keys.Where(n => !without.Contains(n));

        public bool Has(NodeId node) => placement._nodes.ContainsKey(node) && !without.Contains(node);

        public NodeId? Of(int stage) => _of[stage];

        public void Put(int stage, NodeId node)
        {
            if (_of[stage] is { } before) Take(stage, before, -1);
            _of[stage] = node;
            Take(stage, node, 1);
        }

        public double Share(NodeId node) => Math.Ceiling(_of.Length * placement.Power(node) / _power);

        public int Load(NodeId node) => Taken(node).Stages;

        public bool HasRoom(NodeId node) => Load(node) < placement._nodes[node].Stages;

        public bool Fits(int stage, NodeId node) => Need(stage) <= Memory(node) - Taken(node).Bytes;

        public bool IsCramped(NodeId node) => Taken(node).Bytes > Memory(node);

        // The number of blocks that would have both of their holders on that node.
        public int Neighbours(int stage, NodeId node)
        {
            var stages = _of.Length;
            if (placement._plan.Copies == CopyPlacement.None || stages == 1) return 0;
            var (after, before) = ((stage + 1) % stages, (stage + stages - 1) % stages);
            return (_of[after] == node ? 1 : 0) + (before != after && _of[before] == node ? 1 : 0);
        }

        private void Take(int stage, NodeId node, int sign)
        {
            var (stages, bytes) = Taken(node);
            _leastLoaded?.Remove(Loaded(node));
            _taken[node] = (stages + sign, bytes + (sign * Need(stage)));
            _leastLoaded?.Add(Loaded(node));
        }

        private (double, NodeId) Loaded(NodeId node) => ((Load(node) + 1) / placement.Power(node), node);

        private (int Stages, long Bytes) Taken(NodeId node) => _taken.GetValueOrDefault(node);

        private long Need(int stage) => placement._plan.StageMemory.IsEmpty ? 0 : placement._plan.StageMemory[stage];

        private long Memory(NodeId node) => placement._nodes[node].Memory is > 0 and var bytes ? bytes : long.MaxValue;
    }
}
