using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>States that it was sent something other than what came.</summary>
public sealed record Deny : Liar
{
    /// <inheritdoc/>
    public override string Kind => "deny";

    /// <summary>What came: an activation forward, a gradient backward, or, for the sum, the other end's part of the tied matrix's gradient.</summary>
    [Setting<PassActs>]
    public Act Act { get; init; } = Act.Forward;

    /// <summary>Over which connection; only an activation takes the jump, as the input of a copy.</summary>
    [Setting]
    public Connection Over { get; init; }

    /// <inheritdoc/>
    public override bool NeedsCopies => Over == Connection.Jump;

    /// <inheritdoc/>
    public override bool NeedsTiedMatrix => Act == Act.Sum;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) =>
        Over == Connection.Jump ? Places.IsJumpedTo(stage) : Places.Receives(Act, stage, stages);

    /// <inheritdoc/>
    public override OptionError? Contradiction => Acts.Contradiction(Act, Over);

    /// <inheritdoc/>
    public override Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Part == Part && Acts.Of(context) == Act ? Other(honest, key) : honest;
    }

    private StatementPart Part => Act == Act.Sum ? StatementPart.OtherPart : Over == Connection.Jump ? StatementPart.Jumped : StatementPart.Came;
}
