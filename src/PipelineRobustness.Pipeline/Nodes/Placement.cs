using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// Which node works which stage. Stages that have a place keep it; the others go where a node has room, has the memory, is no
/// holder of a copy of theirs, nor of the block that they hold a copy of, and has least to do for what it computes with. Ties
/// are decided by name, so that the same nodes give the same placement.
/// </summary>
/// <remarks>
/// What stages need is worked out beforehand, and what nodes have they say: neither is sure, so no stage stays without a place
/// for want of memory alone, as it does for want of room. A node's share of the stages is by what it computes with.
/// </remarks>
public sealed class Placement
{
    // A graphics card counts as so many cores: any number that puts it before a processor of today.
    private const int CoresOfCard = 256;

    private readonly RunPlan _plan;
    private readonly Dictionary<NodeId, NodeCapacity> _nodes = [];
    private double _power;

    /// <summary>Knows of no node yet.</summary>
    /// <param name="plan">How many stages, what they need, whether there are copies, and the user's wishes.</param>
    public Placement(RunPlan plan) => _plan = plan;

    /// <summary>A node is here.</summary>
    public void Add(NodeUp node)
    {
        ArgumentNullException.ThrowIfNull(node);
        Remove(node.Node);
        _nodes[node.Node] = node.Capacity;
        _power += Power(node.Capacity);
    }

    /// <summary>It is no more.</summary>
    public void Remove(NodeId node)
    {
        if (_nodes.Remove(node, out var capacity)) _power -= Power(capacity);
    }

    /// <summary>Places every stage.</summary>
    /// <param name="held">Where stages are now; those on nodes that are not here count as nowhere.</param>
    /// <param name="without">Nodes that are to hold none, though they are here; null for none.</param>
    /// <returns>The node of each stage; null where there is not room for all.</returns>
    public ImmutableArray<NodeId>? Of(IReadOnlyDictionary<int, NodeId> held, IReadOnlySet<NodeId>? without = null)
    {
        ArgumentNullException.ThrowIfNull(held);
        var seats = new Seats(this, without ?? ImmutableHashSet<NodeId>.Empty);
        foreach (var (stage, node) in held.Where(h => h.Key < _plan.Stages && seats.Has(h.Value))) seats.Put(stage, node);
        for (var stage = 0; stage < _plan.Stages; stage++)
        {
            if (seats.Of(stage) is not null) continue;
            if (Best(stage, seats) is not { } node) return null;
            seats.Put(stage, node);
        }

        while (Move(seats) is { } move) seats.Put(move.Stage, move.Node);
        return [.. Enumerable.Range(0, _plan.Stages).Select(s => seats.Of(s)!.Value)];
    }

    // Of those with room, who has least to do comes first: mostly the first will do, and ten thousand need not be looked at.
    private NodeId? Best(int stage, Seats seats)
    {
        NodeId? best = null;
        (bool Unwished, bool Cramped, int Neighbours) least = default;
        foreach (var node in seats.LeastLoaded.Where(seats.HasRoom))
        {
            var found = (_plan.Pipeline.Placement.Count > 0 && !Wished(stage, node), !seats.Fits(stage, node), seats.Neighbours(stage, node));
            if (best is not null && found.CompareTo(least) >= 0) continue;
            (best, least) = (node, found);
            if (least == default) break;
        }

        return best;
    }

    // A stage leaves a node that holds more than its share, or than it has memory for, for one that does not even with it. That
    // ends: every move lessens what is too much for nodes' memory or, leaving that as it is, evens out their number of stages.
    private (int Stage, NodeId Node)? Move(Seats seats)
    {
        var leaving =
            from stage in Enumerable.Range(0, _plan.Stages)
            let here = seats.Of(stage)!.Value
            let cramped = seats.IsCramped(here)
            where (cramped || seats.Load(here) > seats.Share(here)) && !Wished(stage, here)
            orderby cramped descending, seats.Load(here) descending, seats.Neighbours(stage, here) descending, stage
            select (stage, here, cramped);
        foreach (var (stage, here, cramped) in leaving)
        {
            var better = seats.Nodes.Where(n => n != here && seats.HasRoom(n) && seats.Fits(stage, n)
                && (cramped || (seats.Load(n) < seats.Share(n) && (seats.Load(n) + 1) / Power(n) < seats.Load(here) / Power(here))));
            if (better.Cast<NodeId?>().MinBy(n => (seats.Neighbours(stage, n!.Value), seats.Load(n.Value), n.Value)) is { } node) return (stage, node);
        }

        return null;
    }

    private bool Wished(int stage, NodeId node) => _plan.Pipeline.Placement.Count > 0 && _plan.Pipeline.Placement[stage] == node.Name;

    private double Power(NodeId node) => Power(_nodes[node]);

    private static double Power(NodeCapacity capacity) => capacity.Device == "cpu" ? capacity.Cores : CoresOfCard;

    /// <summary>Who sits where, while it is being thought over.</summary>
    private sealed class Seats(Placement placement, IReadOnlySet<NodeId> without)
    {
        private readonly double _power = placement._power - without.Where(placement._nodes.ContainsKey).Sum(placement.Power);
        private readonly NodeId?[] _of = new NodeId?[placement._plan.Stages];
        private readonly Dictionary<NodeId, (int Stages, long Bytes)> _taken = [];
        private SortedSet<(double Load, NodeId Node)>? _leastLoaded;

        /// <summary>All nodes: by what each would have to do with one stage more for what it computes with, then by name.</summary>
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

        // How many blocks would have both of their holders there.
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

        private long Memory(NodeId node) => placement._nodes[node].Memory is > 0 and var told ? told : long.MaxValue;
    }
}
