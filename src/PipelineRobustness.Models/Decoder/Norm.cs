using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>Layer normalization of each row (Ba, Kiros and Hinton 2016), with weight and bias.</summary>
internal sealed class Norm(ParameterSet parameters, string name, ModelConfig config)
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter _bias = parameters[$"{name}.bias"];
    private readonly long[] _width = [config.Hidden];
    private readonly double _epsilon = config.NormEpsilon;

    public Tensor Forward(Tensor rows) => nn.functional.layer_norm(rows, _width, _weight, _bias, _epsilon);
}
