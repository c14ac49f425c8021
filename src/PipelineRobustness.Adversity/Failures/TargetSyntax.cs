using System.Globalization;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>The targets that a kind of failure may have, and how they are written.</summary>
/// <param name="Expected">What may be written.</param>
/// <param name="Kinds">The kinds of targets; none where <paramref name="Expected"/> is the only text.</param>
public sealed partial record TargetSyntax(string Expected, params IReadOnlyList<TargetKind> Kinds)
{
    /// <summary>A stage at work.</summary>
    public static TargetSyntax Stage { get; } = new("stage N", TargetKind.Stage);

    /// <summary>A node.</summary>
    public static TargetSyntax Node { get; } = new("stage N, node-N or any node", TargetKind.Stage, TargetKind.Node, TargetKind.AnyNode);

    /// <summary>A node, or the server's machine.</summary>
    public static TargetSyntax NodeOrServer { get; } = new("stage N, node-N, any node or the server", [.. Node.Kinds, TargetKind.Server]);

    /// <summary>A node that is not there yet.</summary>
    public static TargetSyntax Newcomer { get; } = new("a node");

    /// <summary>Every node.</summary>
    public static TargetSyntax All { get; } = new("all");

    /// <summary>Reads a target; null where the text is none of these.</summary>
    public Target? Parse(string text)
    {
        if (Kinds.Count == 0) return text == Expected ? new Target(TargetKind.AnyNode) : null;
        return Any(text) is { } target && Kinds.Contains(target.Kind) ? target : null;
    }

    private static Target? Any(string text) => text switch
    {
        "any node" => new Target(TargetKind.AnyNode),
        "the server" => new Target(TargetKind.Server),
        _ when NodeForm().IsMatch(text) => new Target(TargetKind.Node, Node: text),
        _ when StageForm().Match(text) is { Success: true } stage =>
            new Target(TargetKind.Stage, int.Parse(stage.Groups[1].ValueSpan, CultureInfo.InvariantCulture)),
        _ => null,
    };

    [GeneratedRegex(@"^stage ([0-9]{1,9})\z")]
    private static partial Regex StageForm();

    [GeneratedRegex(@"^node-[0-9]{1,9}\z")]
    private static partial Regex NodeForm();
}
