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

    private static string Numbered(string noun, IReadOnlyCollection<int> numbers) => $"{noun}{(numbers.Count == 1 ? "" : "s")} {string.Join(", ", numbers)}";
}
