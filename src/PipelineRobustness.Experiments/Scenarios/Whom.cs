using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>Whom an event may befall, read as <see cref="Target"/>; of none of the kinds where there is but one word for it.</summary>
internal sealed partial record Whom(string Said, params TargetKind[] Kinds) : SettingKind
{
    /// <summary>A stage at its work.</summary>
    public static Whom Stage { get; } = new("stage N", TargetKind.Stage);

    /// <summary>A machine.</summary>
    public static Whom Node { get; } = new("stage N, node-N or any node", TargetKind.Stage, TargetKind.Node, TargetKind.AnyNode);

    /// <summary>A machine, or the server's.</summary>
    public static Whom NodeOrServer { get; } = new("stage N, node-N, any node or the server", [.. Node.Kinds, TargetKind.Server]);

    /// <summary>Who is not there yet.</summary>
    public static Whom Newcomer { get; } = new("a node");

    /// <summary>Every machine.</summary>
    public static Whom All { get; } = new("all");

    /// <inheritdoc/>
    public override string Expected => Said;

    /// <inheritdoc/>
    public override object? Read(string text) =>
        Kinds.Length == 0 ? text == Said ? new Target(TargetKind.AnyNode) : null
        : Target(text) is { } target && Kinds.Contains(target.Kind) ? target : null;

    private static Target? Target(string text) => text switch
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
