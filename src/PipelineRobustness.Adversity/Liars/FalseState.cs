using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Gives another holder of a block weights that are not its own.</summary>
public sealed record FalseState : Liar
{
    /// <inheritdoc/>
    public override string Kind => "false-state";

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Transfer;

    /// <inheritdoc/>
    public override bool Give(HeldContext context, IReadOnlyList<Tensor> state, ulong key)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var untracked = no_grad();
        foreach (var weight in States.Weights(state))
        {
            using var noise = Other(weight, key);
            weight.copy_(noise);
        }

        return true;
    }
}
