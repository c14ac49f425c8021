using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>
/// The last stage trains on the labels one further: all that it computes, sends and states follows from them, its own step included.
/// </summary>
public sealed record OtherLabels : Liar
{
    /// <inheritdoc/>
    public override string Kind => "other-labels";

    /// <inheritdoc/>
    public override bool HasFalseLabels => true;

    /// <inheritdoc/>
    public override bool IsPossible(int stage, int stages) => stage == stages - 1;

    /// <summary>Those of a sequence in turn, the last position taking the first one's.</summary>
    public override Tensor Label(HeldContext context, int microBatch, Tensor honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        return honest.roll(-1, 1).DetachFromDisposeScope();
    }
}
