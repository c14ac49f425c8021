using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>An end of a block's transfer.</summary>
public enum TransferEnd
{
    /// <summary>The holder that gives its state.</summary>
    Source,

    /// <summary>The one that restores it.</summary>
    Receiver,

    /// <summary>One that needs none: at version 0, or from a checkpoint, it builds its blocks itself.</summary>
    Builder,
}

/// <summary>Gives another holder of a block weights that are not its own, or says that it was given others, or has built others.</summary>
public sealed record FalseState : Liar
{
    /// <inheritdoc/>
    public override string Kind => "false-state";

    /// <summary>
    /// Which end lies: the source gives a false state, the receiver reports the digest of another, and so does the builder, which is given none,
    /// of what it begins with.
    /// </summary>
    [Setting]
    public TransferEnd End { get; init; }

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Transfer;

    /// <inheritdoc/>
    public override bool Give(HeldContext context, IReadOnlyList<Tensor> state, ulong key)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (End != TransferEnd.Source) return false;
        using var untracked = no_grad();
        foreach (var weight in States.Weights(state))
        {
            using var noise = Other(weight, key);
            weight.copy_(noise);
        }

        return true;
    }

    /// <inheritdoc/>
    public override UInt128 Restored(HeldContext context, UInt128 honest, ulong key) => End == TransferEnd.Receiver ? Other(honest, key) : honest;

    /// <inheritdoc/>
    public override UInt128 Built(HeldContext context, UInt128 honest, ulong key) => End == TransferEnd.Builder ? Other(honest, key) : honest;
}
