using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>The weights of a state in memory, which stays its holder's.</summary>
/// <param name="parameters">All parameters of the model.</param>
public sealed class StateWeights(IEnumerable<ParameterState> parameters) : IWeightSource
{
    private readonly Dictionary<string, Tensor> _weights = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Weight);

    /// <inheritdoc/>
    public string Identity => "a state in memory";

    /// <inheritdoc/>
    public void Fill(string name, Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (!_weights.TryGetValue(name, out var weight)) throw new BadInputException($"expected weights of {name}, found none");
        using var noGrad = no_grad();
        parameter.copy_(weight);
    }
}
