using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>Causal multi-head self-attention (Vaswani et al. 2017); several query heads may share one of keys and values.</summary>
internal sealed class SelfAttention
{
    private readonly ModelConfig _config;
    private readonly HeadProjection _heads;
    private readonly LinearMap _out;
    private readonly double _extraScale;

    public SelfAttention(ParameterSet parameters, string layer, ModelConfig config, DecoderParts parts, int index)
    {
        _config = config;
        _heads = new(parameters, layer, config, parts);
        _out = new(parameters, $"{layer}.{parts.AttentionOut}", parts);
        _extraScale = ExtraScale(config, index);
    }

    /// <param name="rows">[batch x time, hidden]</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="time">Their length.</param>
    /// <param name="positions">Prepared for that length.</param>
    /// <returns>[batch x time, hidden], a tensor that nothing else refers to.</returns>
    public Tensor Forward(Tensor rows, long batch, long time, PositionTables positions)
    {
        var (queries, keys, values) = _heads.Forward(rows, batch, time);
        if (positions.Rotation is var (cosine, sine))
            (queries, keys) = (Turned(queries, cosine, sine), Turned(keys, cosine, sine));
        if (_extraScale != 1)
            queries = queries.Times(_extraScale);
        var mixed = nn.functional.scaled_dot_product_attention(
            queries, ForEachQuery(keys), ForEachQuery(values), attn_mask: positions.Bias, is_casual: positions.Bias is null);
        return _out.Forward(mixed.transpose(1, 2).reshape(batch * time, _config.Heads * _config.HeadWidth));
    }

    /// <summary>(x1, x2) becomes (x1 cos - x2 sin, x2 cos + x1 sin), x1 and x2 being the halves of a head.</summary>
    private static Tensor Turned(Tensor heads, Tensor cosine, Tensor sine)
    {
        var halves = heads.chunk(2, -1);
        return (heads * cosine).Plus(cat([-halves[1], halves[0]], -1) * sine);
    }

    /// <summary>Each head of keys or values as often as there are query heads that share it.</summary>
    private Tensor ForEachQuery(Tensor shared)
    {
        var sharers = _config.Heads / _config.KeyValueHeads;
        if (sharers == 1) return shared;
        long[] shape = [shared.shape[0], _config.KeyValueHeads, sharers, shared.shape[2], shared.shape[3]];
        return shared.unsqueeze(2).expand(shape).flatten(1, 2);
    }

    /// <summary>What scores are multiplied by beyond the usual 1 / sqrt(head width).</summary>
    private static double ExtraScale(ModelConfig config, int layer) =>
        (config.ScaledAttention ? 1 : Math.Sqrt(config.HeadWidth)) / (config.AttentionScaledByLayer ? layer + 1 : 1);
}
