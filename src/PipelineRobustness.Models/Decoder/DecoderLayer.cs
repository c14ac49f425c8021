using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>One pre-norm transformer layer: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class DecoderLayer
{
    private readonly Norm _attentionNorm;
    private readonly SelfAttention _attention;
    private readonly Norm _feedForwardNorm;
    private readonly FeedForward _feedForward;

    public DecoderLayer(ParameterSet parameters, string name, ModelConfig config, int layer)
    {
        _attentionNorm = new(parameters, $"{name}.ln_1", config);
        _attention = new(parameters, $"{name}.attn", config, layer);
        _feedForwardNorm = new(parameters, $"{name}.ln_2", config);
        _feedForward = new(parameters, $"{name}.mlp", config);
    }

    /// <summary>
    /// The sums go into the branch's own result: autograd keeps neither that nor the sum, and an allocation is saved.
    /// What came in is not written to.
    /// </summary>
    public Tensor Forward(Tensor rows, long batch, long time)
    {
        rows = _attention.Forward(_attentionNorm.Forward(rows), batch, time).add_(rows);
        return _feedForward.Forward(_feedForwardNorm.Forward(rows)).add_(rows);
    }
}
