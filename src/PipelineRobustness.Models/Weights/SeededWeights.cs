using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// Initial weights drawn from a seed. Each parameter depends only on (seed, "weights", its name), not on the cut or on
/// other draws. A tied head gets its embedding's values.
/// </summary>
public sealed class SeededWeights : IWeightSource
{
    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly ulong _seed;

    /// <summary>Prepares the source; draws nothing.</summary>
    public SeededWeights(ModelConfig config, ulong seed)
    {
        _specs = DecoderLayout.Of(config).ToDictionary(spec => spec.Name);
        _seed = seed;
    }

    /// <inheritdoc />
    public string Identity => $"seed {_seed}";

    /// <inheritdoc />
    public void Fill(string name, Tensor parameter)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var spec = _specs[name];
        var key = SeededRandom.Key(_seed, "weights", spec.TiedTo ?? name);
        _ = spec.Initial switch
        {
            InitialValue.Normal => parameter.copy_(
                SeededRandom.Normal(key, spec.Shape, standardDeviation: spec.StandardDeviation)),
            InitialValue.Ones => parameter.FillInPlace(1),
            _ => parameter.zero_(),
        };
    }
}
