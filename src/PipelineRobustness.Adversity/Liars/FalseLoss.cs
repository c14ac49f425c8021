using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Reports a loss that it did not compute. Only the last stage, and the first with its copy of the last block, report one.</summary>
public sealed record FalseLoss : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "false-loss";

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => Places.IsEnd(stage, stages);

    /// <inheritdoc/>
    public override ReportedSums Report(HeldContext context, ReportedSums honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return honest.Loss is null ? honest : honest with { Loss = 1 + SeededRandom.Unit(key) };
    }
}
