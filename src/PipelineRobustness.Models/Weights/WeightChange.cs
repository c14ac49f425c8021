using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>The difference between two sets of weights of one model.</summary>
public static class WeightChange
{
    /// <summary>What was changed in a block.</summary>
    /// <param name="config">The model.</param>
    /// <param name="block">The block.</param>
    /// <param name="before">The weights before.</param>
    /// <param name="after">The weights after.</param>
    /// <returns>Of each parameter in the model's order, on the CPU, outside any dispose scope; the caller owns them.</returns>
    /// <exception cref="BadInputException">Either lacks a parameter.</exception>
    public static IReadOnlyList<Tensor> Of(ModelConfig config, BlockRange block, IWeightSource before, IWeightSource after)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        return [.. DecoderLayout.Of(config, block).Select(spec => Difference(spec, before, after).DetachFromDisposeScope())];
    }

    private static Tensor Difference(ParameterSpec spec, IWeightSource before, IWeightSource after)
    {
        var (first, last) = (zeros(spec.Shape), zeros(spec.Shape));
        before.Fill(spec.Name, first);
        after.Fill(spec.Name, last);
        return last.Plus(first.neg());
    }
}
