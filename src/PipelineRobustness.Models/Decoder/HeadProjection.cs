using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>Projects rows to queries, keys and values per head, with one matrix for all three or one for each.</summary>
internal sealed class HeadProjection
{
    private readonly ModelConfig _config;
    private readonly FusedOrder _order;
    private readonly LinearMap? _fused;
    private readonly LinearMap[] _separate = [];

    public HeadProjection(ParameterSet parameters, string layer, ModelConfig config, DecoderParts parts)
    {
        _config = config;
        _order = parts.FusedOrder;
        if (parts.QueriesKeysValues is { } fused)
            _fused = new(parameters, $"{layer}.{fused}", parts);
        else
            _separate = [.. new[] { parts.Queries, parts.Keys, parts.Values }.Select(name => new LinearMap(parameters, $"{layer}.{name}", parts))];
    }

    /// <param name="rows">[batch x time, hidden]</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="time">Their length.</param>
    /// <returns>Queries [batch, heads, time, width]; keys and values likewise, with their own number of heads.</returns>
    public (Tensor Queries, Tensor Keys, Tensor Values) Forward(Tensor rows, long batch, long time)
    {
        if (_fused is null)
        {
            Tensor Heads(int kind, long heads) =>
                _separate[kind].Forward(rows).view(batch, time, heads, _config.HeadWidth).transpose(1, 2);
            return (Heads(0, _config.Heads), Heads(1, _config.KeyValueHeads), Heads(2, _config.KeyValueHeads));
        }
        var mapped = _fused.Forward(rows);                    // (B T, 3 C)
        var parts = _order == FusedOrder.ByProjection
            ? mapped.view(batch, time, 3, _config.Heads, _config.HeadWidth)
                .permute(2, 0, 3, 1, 4)                       // (3, B, heads, T, C / heads)
                .unbind(0)
            : mapped.view(batch, time, _config.Heads, 3, _config.HeadWidth)
                .permute(3, 0, 2, 1, 4)
                .unbind(0);
        return (parts[0], parts[1], parts[2]);
    }
}
