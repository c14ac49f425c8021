using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>A block's state as the pipeline hands it over: weight and two moments of each parameter in turn.</summary>
internal static class States
{
    private const int Tensors = 3;

    /// <summary>The weights.</summary>
    public static IEnumerable<Tensor> Weights(IReadOnlyList<Tensor> state) => state.Where((_, index) => index % Tensors == 0);
}
