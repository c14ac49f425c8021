using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>The final norm and the map from rows to one score per token id.</summary>
internal sealed class LanguageHead(ParameterSet parameters, ModelConfig config)
{
    private readonly Norm _norm = new(parameters, Gpt2Layout.FinalNorm, config);
    private readonly Parameter _weight = parameters[Gpt2Layout.Head];

    public Tensor Normalize(Tensor rows) => _norm.Forward(rows);

    /// <param name="normalized">[batch x time, hidden]</param>
    /// <returns>[batch x time, vocabulary]</returns>
    public Tensor Score(Tensor normalized) => nn.functional.linear(normalized, _weight);
}
