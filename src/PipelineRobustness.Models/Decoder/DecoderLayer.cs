using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>
/// A transformer layer with two branches, attention and feed-forward: x + branch(norm(x)), or, if norms come after,
/// norm(x + branch(x)).
/// </summary>
internal sealed class DecoderLayer
{
    private readonly ModelConfig _config;
    private readonly Norm _attentionNorm;
    private readonly SelfAttention _attention;
    private readonly Norm _feedForwardNorm;
    private readonly FeedForward _feedForward;

    public DecoderLayer(ParameterSet parameters, ModelConfig config, DecoderParts parts, int index)
    {
        var layer = parts.Layer(index);
        _config = config;
        _attentionNorm = new(parameters, $"{layer}.{parts.AttentionNorm}", config);
        _attention = new(parameters, layer, config, parts, index);
        _feedForwardNorm = new(parameters, $"{layer}.{parts.FeedForwardNorm}", config);
        _feedForward = new(parameters, layer, config, parts);
    }

    public Tensor Forward(Tensor rows, long batch, long time, PositionTables positions)
    {
        rows = Branch(_attentionNorm, rows, input => _attention.Forward(input, batch, time, positions));
        return Branch(_feedForwardNorm, rows, _feedForward.Forward);
    }

    /// <summary>Adds into the branch's result, which autograd does not keep: this saves an allocation. The input is not modified.</summary>
    private Tensor Branch(Norm norm, Tensor rows, Func<Tensor, Tensor> branch)
    {
        if (!_config.NormFirst) return norm.Forward(branch(rows).PlusInPlace(rows));
        var normed = norm.Forward(rows);
        return branch(normed).PlusInPlace(_config.ResidualFromNorm ? normed : rows);
    }
}
