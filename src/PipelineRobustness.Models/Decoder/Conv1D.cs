using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>GPT-2's linear map, whose weight lies as [inputs, outputs]: rows x weight + bias, in one operation.</summary>
internal sealed class Conv1D(ParameterSet parameters, string name)
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter _bias = parameters[$"{name}.bias"];

    public Tensor Forward(Tensor rows) => _bias.addmm(rows, _weight);
}
