using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>Normalizes each row, by mean and variance or by the root mean square (<see cref="NormKind"/>).</summary>
internal sealed class Norm(ParameterSet parameters, string name, ModelConfig config)
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter? _bias = parameters.Find($"{name}.bias");
    private readonly long[] _width = [config.Hidden];
    private readonly double _epsilon = config.NormEpsilon;

    public Tensor Forward(Tensor rows) => config.Norm == NormKind.Layer
        ? nn.functional.layer_norm(rows, _width, _weight, _bias, _epsilon)
        : rows * (rows * rows).mean([-1], keepdim: true).Plus(_epsilon).rsqrt() * _weight;
}
