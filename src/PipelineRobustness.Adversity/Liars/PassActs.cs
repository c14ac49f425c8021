using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>The acts of a pass: forward, backward, and the sum of both tied parts.</summary>
public sealed record PassActs() : OneOf(["forward", "backward", "sum"]);

/// <summary>The two ways through the pipeline.</summary>
public sealed record WayActs() : OneOf(["forward", "backward"]);

/// <summary>The acts of a pass, and the step that follows it.</summary>
public sealed record StepActs() : OneOf(["forward", "backward", "sum", "step"]);

/// <summary>Which act a tensor belongs to.</summary>
internal static class Acts
{
    /// <summary>What is sent, or stated.</summary>
    public static Act Of(SendContext context) =>
        context.Link == Link.Tied || context.Part is StatementPart.TiedPart or StatementPart.OtherPart or StatementPart.CopyTiedPart ? Act.Sum
        : context.Direction == Direction.Forward ? Act.Forward
        : Act.Backward;

    /// <summary>What is wrong with an act over a connection; null where nothing is.</summary>
    public static OptionError? Contradiction(Act act, Connection over) => act != Act.Forward && over == Connection.Jump
        ? new OptionError("over", "neighbour, since only an activation (act = forward) takes the jump", "jump") : null;

    /// <summary>What a stage does in an attempt, where attacks name a direction.</summary>
    public static Act Of(Direction direction) => direction == Direction.Forward ? Act.Forward : Act.Backward;
}
