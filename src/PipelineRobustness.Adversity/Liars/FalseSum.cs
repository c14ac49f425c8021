using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Reports the digest of a gradient that it did not sum.</summary>
public sealed record FalseSum : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "false-sum";

    /// <inheritdoc/>
    public override ReportedSums Report(HeldContext context, ReportedSums honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return IsCopy(context) ? honest : honest with { Digest = Other(honest.Digest, key) };
    }
}
