using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>Causal multi-head self-attention (Vaswani et al. 2017); several query heads may share a key and value head.</summary>
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
    /// <param name="positions">The tables, prepared for that length.</param>
    /// <returns>[batch x time, hidden], a tensor without other references.</returns>
    public Tensor Forward(Tensor rows, long batch, long time, PositionTables positions)
    {
        var (queries, keys, values) = _heads.Forward(rows, batch, time);
        if (positions.Rotation is var (cosine, sine))
            (queries, keys) = (Rotate(queries, cosine, sine), Rotate(keys, cosine, sine));
        if (_extraScale != 1)
            queries = queries.Times(_extraScale);
        var mixed = nn.functional.scaled_dot_product_attention(
            queries, RepeatPerQueryHead(keys), RepeatPerQueryHead(values), attn_mask: positions.Bias, is_casual: positions.Bias is null);
        return _out.Forward(mixed.transpose(1, 2).reshape(batch * time, _config.Heads * _config.HeadWidth));
    }

    /// <summary>Rotates (x1, x2) to (x1 cos - x2 sin, x2 cos + x1 sin), where x1 and x2 are the halves of a head.</summary>
    private static Tensor Rotate(Tensor heads, Tensor cosine, Tensor sine)
    {
        var halves = heads.chunk(2, -1);
        return (heads * cosine).Plus(cat([-halves[1], halves[0]], -1) * sine);
    }

    /// <summary>Repeats each key or value head for every query head that shares it.</summary>
    private Tensor RepeatPerQueryHead(Tensor shared)
    {
        var sharers = _config.Heads / _config.KeyValueHeads;
        if (sharers == 1) return shared;
        long[] shape = [shared.shape[0], _config.KeyValueHeads, sharers, shared.shape[2], shared.shape[3]];
        return shared.unsqueeze(2).expand(shape).flatten(1, 2);
    }

    /// <summary>The factor applied to the scores in addition to the usual 1 / sqrt(head width).</summary>
    private static double ExtraScale(ModelConfig config, int layer) =>
        (config.ScaledAttention ? 1 : Math.Sqrt(config.HeadWidth)) / (config.AttentionScaledByLayer ? layer + 1 : 1);
}
