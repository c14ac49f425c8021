using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>Zero weights, for a block that will receive its state from another holder or from a checkpoint.</summary>
public sealed class ZeroWeights : IWeightSource
{
    /// <summary>The only instance.</summary>
    public static ZeroWeights Instance { get; } = new();

    private ZeroWeights()
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
