using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Who lost a place by the rulings of a run.</summary>
internal static class Quarantine
{
    /// <summary>Nodes that get no stage any more; in a run of one node, each stage and seat that was convicted.</summary>
    /// <param name="rulings">The rulings.</param>
    /// <param name="after">Convictions that a node may not reach.</param>
    /// <param name="hasOneNode">Whether one node has all stages.</param>
    public static IReadOnlyList<string> Of(IEnumerable<Ruling> rulings, int after, bool hasOneNode)
    {
        var convicted = rulings.Select(ruling => ruling.Convicted).OfType<Conviction>();
        return hasOneNode
            ? [.. convicted.Select(one => $"stage {one.Stage}, seat {one.Seat}").Distinct()]
            : [.. convicted.CountBy(one => one.Node.Name).Where(node => node.Value >= after).Select(node => node.Key)];
    }
}
