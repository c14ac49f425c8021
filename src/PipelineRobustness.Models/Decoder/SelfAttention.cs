using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>Causal multi-head self-attention (Vaswani et al. 2017) with one matrix for queries, keys and values.</summary>
internal sealed class SelfAttention(ParameterSet parameters, string name, ModelConfig config, int layer)
{
    private readonly Conv1D _queriesKeysValues = new(parameters, $"{name}.c_attn");
    private readonly Conv1D _project = new(parameters, $"{name}.c_proj");
    private readonly double _extraScale = ExtraScale(config, layer);

    /// <param name="rows">[batch x time, hidden]</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="time">Their length.</param>
    /// <returns>[batch x time, hidden], a tensor that nothing else refers to.</returns>
    public Tensor Forward(Tensor rows, long batch, long time)
    {
        var parts = _queriesKeysValues.Forward(rows)          // (B T, 3 C)
            .view(batch, time, 3, config.Heads, config.HeadWidth)
            .permute(2, 0, 3, 1, 4)                           // (3, B, heads, T, C / heads)
            .unbind(0);
        var queries = _extraScale == 1 ? parts[0] : parts[0] * _extraScale;
        var mixed = nn.functional.scaled_dot_product_attention(queries, parts[1], parts[2], is_casual: true);
        return _project.Forward(mixed.transpose(1, 2).reshape(batch * time, config.Hidden));
    }

    /// <summary>What scores are multiplied by beyond the usual 1 / sqrt(head width).</summary>
    private static double ExtraScale(ModelConfig config, int layer) =>
        (config.ScaledAttention ? 1 : Math.Sqrt(config.HeadWidth)) / (config.AttentionScaledByLayer ? layer + 1 : 1);
}
