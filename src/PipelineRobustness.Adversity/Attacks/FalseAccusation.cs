using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// The control that the paper lacks, in both directions: nobody attacks, but a checker says that it computed something
/// else than it was sent. It accuses whom the same seed, entry and rate would have made attack.
/// </summary>
public abstract class FalseAccusation(Direction direction) : IAttack
{
    /// <inheritdoc/>
    public string Name => "false-accusation";

    /// <inheritdoc/>
    public Direction Direction => direction;

    /// <inheritdoc/>
    public bool Accuses => true;

    /// <summary>Finite just where the truth is not, which no tolerance bears, even of a model that has diverged.</summary>
    public Tensor Lie(Tensor honest, ulong key)
    {
        using var finite = honest.isfinite();
        using var finiteEverywhere = zeros_like(honest);
        return finiteEverywhere.FilledWhere(finite, double.NaN).DetachFromDisposeScope();
    }
}

/// <summary>Cries wolf over activations.</summary>
public sealed class FalseAccusationForward() : FalseAccusation(Direction.Forward);

/// <summary>Cries wolf over gradients.</summary>
public sealed class FalseAccusationBackward() : FalseAccusation(Direction.Backward);
