using PipelineRobustness.Models.Families;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>A linear map of rows in a single operation; the matrix has the family's orientation, the bias is optional.</summary>
internal sealed class LinearMap(ParameterSet parameters, string name, DecoderParts parts)
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter? _bias = parameters.Find($"{name}.bias");

    /// <param name="rows">[rows, inputs]</param>
    /// <returns>[rows, outputs], a tensor without other references.</returns>
    public Tensor Forward(Tensor rows) =>
        !parts.InputsFirst ? nn.functional.linear(rows, _weight, _bias)
        : _bias is null ? rows.mm(_weight)
        : _bias.addmm(rows, _weight);
}
