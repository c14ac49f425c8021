using PipelineRobustness.Models.Decoder;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>A source of a model's initial weights.</summary>
public interface IWeightSource
{
    /// <summary>Identifies the weights: a seed, or a folder and its digest.</summary>
    string Identity { get; }

    /// <summary>Writes a parameter's initial values.</summary>
    /// <param name="name">Hugging Face's key, as in <see cref="BlockParameter.Name"/>.</param>
    /// <param name="parameter">float32 on the CPU, contiguous, of the parameter's shape.</param>
    /// <exception cref="BadInputException">The source has no such parameter, or one of another shape.</exception>
    void Fill(string name, Tensor parameter);
}
