using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Reports norms that its gradient does not have, by which the gradient of the whole model would be clipped.</summary>
public sealed record FalseNorm : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "false-norm";

    /// <inheritdoc/>
    public override ReportedSums Report(HeldContext context, ReportedSums honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return IsCopy(context) ? honest : honest with { SquaredNorms = [.. honest.SquaredNorms.Select(_ => 1 + SeededRandom.Unit(key))] };
    }
}
