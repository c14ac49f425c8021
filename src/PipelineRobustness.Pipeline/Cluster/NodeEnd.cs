namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Why a node ended.</summary>
public enum NodeEndKind
{
    /// <summary>The experiment is over.</summary>
    Over,

    /// <summary>The node was asked to leave, and left.</summary>
    Left,

    /// <summary>The cluster runs another experiment, or has a node of this name.</summary>
    Refused,

    /// <summary>The node was cut off from the majority, or declared dead by it.</summary>
    CutOff,

    /// <summary>The node could not join in time.</summary>
    NotJoined,

    /// <summary>A referee convicted the node's stages so often that it gets none any more.</summary>
    Quarantined,
}

/// <summary>How a node ended.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Reason">In one line; null if the experiment was completed.</param>
/// <param name="ExitCode">If the experiment is over: the exit code of every process.</param>
public sealed record NodeEnd(NodeEndKind Kind, string? Reason, int ExitCode = 0);
