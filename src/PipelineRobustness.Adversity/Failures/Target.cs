
namespace PipelineRobustness.Adversity.Failures;

/// <summary>What a failure happens to.</summary>
public enum TargetKind
{
    /// <summary>A stage, wherever it is; for a failure of a machine, the node that holds it.</summary>
    Stage,

    /// <summary>A node by name.</summary>
    Node,

    /// <summary>One of the nodes that run, drawn.</summary>
    AnyNode,

    /// <summary>The central server.</summary>
    Server,

    /// <summary>A machine of a trace, by its name there.</summary>
    Traced,
}

/// <summary>What a failure happens to.</summary>
/// <param name="Kind">A stage, a node or the server.</param>
/// <param name="Stage">The stage's number; only with <see cref="TargetKind.Stage"/>.</param>
/// <param name="Node">The name; only with <see cref="TargetKind.Node"/> and <see cref="TargetKind.Traced"/>.</param>
public sealed record Target(TargetKind Kind, int Stage = 0, string Node = "")
{
    /// <summary>Whether it is the central server.</summary>
    public bool IsServer => Kind == TargetKind.Server;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        TargetKind.Stage => $"stage {Stage}",
        TargetKind.Node or TargetKind.Traced => Node,
        TargetKind.AnyNode => "any node",
        _ => "the server",
    };
}
