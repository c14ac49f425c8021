using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>Zeros: what a block is built with whose state another holder, or a checkpoint, will give it.</summary>
public sealed class NoWeights : IWeightSource
{
    /// <summary>The one instance.</summary>
    public static NoWeights Instance { get; } = new();

    private NoWeights()
    {
    }

    /// <inheritdoc/>
    public string Identity => "none";

    /// <inheritdoc/>
    public void Fill(string name, Tensor parameter)
    {
        using var noGrad = no_grad();
        using var filled = parameter.zero_();
    }
}
