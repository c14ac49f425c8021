using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>States falsely what its copy of the block before gave, so that its honest owner seems to have sent something else.</summary>
public sealed record Frame : Liar
{
    /// <inheritdoc/>
    public override string Kind => "frame";

    /// <summary>What the copy gave: an activation forward, a gradient backward, the gradient's sum, or the state after the step.</summary>
    [Setting<StepActs>]
    public Act Act { get; init; } = Act.Forward;

    /// <inheritdoc/>
    public override bool NeedsCopies => true;

    /// <inheritdoc/>
    public override Act? AfterPass => Act == Act.Step ? Act.Step : null;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => Act != Act.Backward || Places.CopiedBy(stage, stages) > 0;

    /// <inheritdoc/>
    public override Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Part == StatementPart.Copy && Acts.Of(context) == Act ? Other(honest, key) : honest;
    }

    /// <inheritdoc/>
    public override ReportedSums Report(HeldContext context, ReportedSums honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return Act == Act.Sum && IsCopy(context) ? honest with { Digest = Other(honest.Digest, key) } : honest;
    }

    /// <inheritdoc/>
    public override UInt128 Digest(HeldContext context, UInt128 honest, ulong key) =>
        Act == Act.Step && IsCopy(context) ? Other(honest, key) : honest;
}
