using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Tests.Extending;

/// <summary>A liar that reports a part of its loss.</summary>
public sealed record BetterLoss : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "better-loss";

    /// <summary>The part that is reported.</summary>
    [Setting(0, 1)]
    public double Part { get; init; } = 0.5;

    /// <summary>The last stage has a loss, and the first with its copy of the last block.</summary>
    public override bool IsPossible(int stage, int stages) => stage == 0 || stage == stages - 1;

    /// <inheritdoc/>
    public override ReportedSums Report(HeldContext context, ReportedSums honest, ulong key) =>
        honest.Loss is { } loss && Part < 1 ? honest with { Loss = loss * Part } : honest;
}
