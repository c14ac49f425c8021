using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// The control that the paper lacks: no stage attacks, but a checker claims to have computed something other than it received. It
/// accuses the stage that the same seed, entry and rate would have made an attacker.
/// </summary>
[Drawn(Direction.Forward)]
[Drawn(Direction.Backward)]
public sealed record FalseAccusation : Attack
{
    /// <inheritdoc/>
    public override string Kind => "false-accusation";

    /// <inheritdoc/>
    public override bool Accuses => true;

    /// <summary>Finite exactly where the honest value is not: no tolerance accepts that, even where a model has diverged.</summary>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        using var finite = honest.isfinite();
        using var finiteEverywhere = zeros_like(honest);
        return finiteEverywhere.FilledWhere(finite, double.NaN).DetachFromDisposeScope();
    }
}
