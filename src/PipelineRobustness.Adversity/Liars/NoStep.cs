using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Keeps its weights as they are in place of a step, and reports their digest.</summary>
public sealed record NoStep : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "no-step";

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Step;

    /// <inheritdoc/>
    public override bool NeedsStep => true;

    /// <inheritdoc/>
    public override bool Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        if (!IsCopy(context)) return true;
        honest();
        return false;
    }
}
