using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>The final norm, the projection to the embedding's width if there is one, and one score per token id.</summary>
internal sealed class LanguageHead
{
    private readonly Norm? _norm;
    private readonly LinearMap? _project;
    private readonly Parameter _weight;

    public LanguageHead(ParameterSet parameters, ModelConfig config, DecoderParts parts)
    {
        _norm = config.FinalNorm ? new(parameters, parts.FinalNorm, config) : null;
        _project = config.ProjectsEmbedding ? new(parameters, parts.ProjectOut, parts) : null;
        _weight = parameters[parts.Head];
    }

    /// <param name="rows">[batch x time, hidden]</param>
    /// <returns>[batch x time, embedding width]</returns>
    public Tensor Normalize(Tensor rows)
    {
        var normed = _norm?.Forward(rows) ?? rows;
        return _project?.Forward(normed) ?? normed;
    }

    /// <param name="normalized">[batch x time, embedding width]</param>
    /// <returns>[batch x time, vocabulary]</returns>
    public Tensor Score(Tensor normalized) => nn.functional.linear(normalized, _weight);
}
