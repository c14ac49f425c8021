using PipelineRobustness.Models.Decoder;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>Where a model's first weights come from.</summary>
public interface IWeightSource
{
    /// <summary>What weights these are, in words that differ where the weights do: a seed, or a folder and its digest.</summary>
    string Identity { get; }

    /// <summary>Writes a parameter's first values.</summary>
    /// <param name="name">Hugging Face's key, as in <see cref="BlockParameter.Name"/>.</param>
    /// <param name="parameter">float32 on the CPU, contiguous, of the parameter's shape.</param>
    /// <exception cref="BadInputException">The source has no such parameter, or of another shape.</exception>
    void Fill(string name, Tensor parameter);
}
