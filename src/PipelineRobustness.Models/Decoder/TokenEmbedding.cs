using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>Tokens and learned positions become rows.</summary>
internal sealed class TokenEmbedding : IDisposable
{
    private readonly Embedding _tokens;
    private readonly Parameter _positions;
    private readonly int _positionsMax;

    public TokenEmbedding(ParameterSet parameters, ModelConfig config)
    {
        // TorchSharp has no functional embedding: a module of the smallest size is given our matrix.
        _tokens = nn.Embedding(1, 1);
        _tokens.weight = parameters[Gpt2Layout.TokenEmbedding];
        _positions = parameters[Gpt2Layout.PositionEmbedding];
        _positionsMax = config.Positions;
    }

    /// <param name="ids">int64 [batch, time]</param>
    /// <returns>[batch x time, hidden]</returns>
    public Tensor Forward(Tensor ids)
    {
        var time = ids.shape[1];
        if (time > _positionsMax)
            throw new ArgumentException($"sequence of {time} tokens: the model has {_positionsMax} positions", nameof(ids));
        return (_tokens.forward(ids) + _positions.narrow(0, 0, time)).flatten(0, 1);
    }

    public void Dispose() => _tokens.Dispose();
}
