using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>What earlier runs changed in their models' weights.</summary>
public interface IWeightChanges
{
    /// <summary>A run's final weights less those that it started with.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="block">A block of the run under way.</param>
    /// <returns>Of each parameter of the block, in the model's order; on the CPU, and not the caller's.</returns>
    IReadOnlyList<Tensor> Change(string run, int block);
}
