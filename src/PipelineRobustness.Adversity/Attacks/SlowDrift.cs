using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>As <c>worst-direction</c>, with a part that grows from 0, so that no iteration differs much from the one before.</summary>
public sealed record SlowDrift : AgainstLoss
{
    /// <inheritdoc/>
    public override string Kind => "slow-drift";

    /// <summary>By how much the part of the norm grows from one iteration to the next, from the first with attacks on.</summary>
    [Setting(0, 1_000_000)]
    public double Growth { get; init; } = 0.05;

    /// <summary>The part at which it stops to grow.</summary>
    [Setting(0, 1_000_000)]
    public double Most { get; init; } = 2;

    /// <inheritdoc/>
    protected override double StrengthIn(in AttackContext context) => Math.Min((context.Iteration - From) * Growth, Most);
}
