using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>Stages, blocks and nodes in words.</summary>
internal static class Wording
{
    /// <summary>As in "stages 1, 2".</summary>
    public static string Stages(IReadOnlyCollection<int> stages) => Numbered("stage", stages);

    /// <summary>As in "block 3".</summary>
    public static string Blocks(IReadOnlyCollection<int> blocks) => Numbered("block", blocks);

    /// <summary>As in "1 more node to join".</summary>
    public static string NodesToJoin(int nodes) => $"{nodes} more {(nodes == 1 ? "node" : "nodes")} to join";

    /// <summary>What is said of blocks that changed by themselves.</summary>
    public static string Changed(IReadOnlyCollection<int> blocks) => $"the state of {Blocks(blocks)} is no longer that of the last commit";

    /// <summary>What was ruled, as in "stage 1 was convicted (forward, micro-batch 0)".</summary>
    public static string Ruled(IEnumerable<Ruling> made) => string.Join(", ", made.Select(ruling => ruling.Convicted is { } convicted
        ? $"stage {convicted.Stage} was convicted ({What(ruling)})" : $"{ruling.Relayed} is relayed"));

    /// <summary>Who was convicted, and where it was.</summary>
    public static string Convicted(IEnumerable<Ruling> made) => string.Join(", ", made.Where(ruling => ruling.Convicted is not null)
        .Select(ruling => $"stage {ruling.Convicted!.Stage} on {ruling.Convicted.Node} was convicted ({What(ruling)}) in iteration {ruling.Iteration}"));

    private static string What(Ruling ruling) =>
        $"{ruling.Act.ToString().ToLowerInvariant()}{(ruling.MicroBatch is { } microBatch ? $", micro-batch {microBatch}" : "")}";

    private static string Numbered(string noun, IReadOnlyCollection<int> numbers) => $"{noun}{(numbers.Count == 1 ? "" : "s")} {string.Join(", ", numbers)}";
}
