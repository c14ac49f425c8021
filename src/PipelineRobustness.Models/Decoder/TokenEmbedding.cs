using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>
/// Turns tokens into rows: embeds them, then, depending on the model, projects to the hidden width, adds positions and
/// normalizes.
/// </summary>
internal sealed class TokenEmbedding : IDisposable
{
    private readonly Embedding _tokens;
    private readonly LinearMap? _project;
    private readonly Parameter? _positions;
    private readonly int _firstPosition;
    private readonly Norm? _norm;

    public TokenEmbedding(ParameterSet parameters, ModelConfig config, DecoderParts parts)
    {
        // TorchSharp has no functional embedding, so a minimal module is given our matrix.
        _tokens = nn.Embedding(1, 1);
        LiveTensors.NoteParameter();
        _tokens.weight = parameters[parts.TokenEmbeddingWeight];
        _project = config.ProjectsEmbedding ? new(parameters, parts.ProjectIn, parts) : null;
        _positions = config.PositionKind == PositionKind.Learned ? parameters[$"{parts.PositionEmbedding}.weight"] : null;
        _firstPosition = config.PositionOffset;
        _norm = config.NormedEmbedding ? new(parameters, parts.EmbeddingNorm, config) : null;
    }

    /// <param name="ids">int64 [batch, time]</param>
    /// <returns>[batch x time, hidden]</returns>
    public Tensor Forward(Tensor ids)
    {
        var (batch, time) = (ids.shape[0], ids.shape[1]);
        var rows = _tokens.forward(ids);
        if (_project is not null)
            rows = _project.Forward(rows.flatten(0, 1)).view(batch, time, -1);
        if (_positions is not null)
            rows = rows.Plus(_positions.narrow(0, _firstPosition, time));
        rows = rows.flatten(0, 1);
        return _norm?.Forward(rows) ?? rows;
    }

    public void Dispose() => _tokens.Dispose();
}
