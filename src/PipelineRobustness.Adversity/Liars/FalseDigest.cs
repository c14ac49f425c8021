using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Steps, and reports the digest of another state.</summary>
public sealed record FalseDigest : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "false-digest";

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Step;

    /// <inheritdoc/>
    public override UInt128 Digest(HeldContext context, UInt128 honest, ulong key) => IsCopy(context) ? honest : Other(honest, key);
}
