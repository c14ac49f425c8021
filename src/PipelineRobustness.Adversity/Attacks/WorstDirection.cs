using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What was computed, and a part of its norm in the direction in which the loss rose in the last iteration: along the mean gradient of this
/// boundary forward, against it backward. It remembers that gradient.
/// </summary>
public sealed record WorstDirection : AgainstLoss
{
    /// <inheritdoc/>
    public override string Kind => "worst-direction";

    /// <summary>The part of the norm; 0 is no attack.</summary>
    [Setting(0, 1_000_000)]
    public double Strength { get; init; } = 1;

    /// <inheritdoc/>
    protected override double StrengthIn(in AttackContext context) => Strength;
}
