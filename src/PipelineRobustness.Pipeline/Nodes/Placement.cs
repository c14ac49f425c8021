using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline;

/// <summary>Which node works which stage.</summary>
public static class Placement
{
    /// <summary>
    /// Deals the stages out to the nodes like cards, in the order of the nodes' names, so that neighbours (a block and
    /// its copy) sit on different nodes wherever there are two with room.
    /// </summary>
    /// <returns>The node of each stage; null where there is not room for all.</returns>
    public static ImmutableArray<NodeId>? Deal(int stages, IEnumerable<NodeUp> nodes)
    {
        var room = nodes.OrderBy(n => n.Node.Name, StringComparer.Ordinal)
            .Select(n => (n.Node, Left: n.Capacity.Stages)).ToArray();
        if (room.Sum(n => n.Left) < stages) return null;
        var placed = ImmutableArray.CreateBuilder<NodeId>(stages);
        for (var next = 0; placed.Count < stages; next = (next + 1) % room.Length)
        {
            if (room[next].Left-- > 0) placed.Add(room[next].Node);
        }

        return placed.MoveToImmutable();
    }
}
