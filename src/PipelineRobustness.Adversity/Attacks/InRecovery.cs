using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Lies only once something broke: when the run goes on after a recovery, or after an interruption.</summary>
public sealed record InRecovery : AttackByAnother
{
    /// <inheritdoc/>
    public override string Kind => "in-recovery";

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory) =>
        context.FollowsRecovery ? Lie(context, honest, memory) : honest;
}
