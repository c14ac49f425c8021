using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>Lists a model's parameters in the model's order, with Hugging Face's keys and initial values.</summary>
internal sealed class DecoderLayout
{
    private readonly ModelConfig _config;
    private readonly DecoderParts _parts;
    private readonly List<ParameterSpec> _specs = [];

    private DecoderLayout(ModelConfig config)
    {
        _config = config;
        _parts = config.Family.Parts;
    }

    /// <summary>The parameters of a block.</summary>
    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config, BlockRange range)
    {
        var layout = new DecoderLayout(config);
        if (range.HasEmbedding)
            layout.AddEmbedding();
        for (var layer = range.FirstLayer; layer < range.FirstLayer + range.LayerCount; layer++)
            layout.AddLayer(layer);
        if (range.HasHead)
            layout.AddHead();
        return layout._specs;
    }

    /// <summary>The parameters of the whole model.</summary>
    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config) => Of(config, BlockRange.Whole(config));

    /// <summary>The parameters of one layer; all layers have the same.</summary>
    public static IReadOnlyList<ParameterSpec> OfLayer(ModelConfig config)
    {
        var layout = new DecoderLayout(config);
        layout.AddLayer(0);
        return layout._specs;
    }

    private void AddEmbedding()
    {
        AddMatrix(_parts.TokenEmbeddingWeight, [_config.VocabularySize, _config.EmbeddingWidth]);
        if (_config.PositionKind == PositionKind.Learned)
            AddMatrix($"{_parts.PositionEmbedding}.weight", [_config.Positions + _config.PositionOffset, _config.Hidden]);
        if (_config.ProjectsEmbedding)
            AddLinear(_parts.ProjectIn, _config.EmbeddingWidth, _config.Hidden, bias: false);
        if (_config.NormedEmbedding)
            AddNorm(_parts.EmbeddingNorm);
    }

    private void AddLayer(int index)
    {
        var layer = _parts.Layer(index);
        int heads = _config.Heads * _config.HeadWidth, keyValueHeads = _config.KeyValueHeads * _config.HeadWidth;
        var residual = _parts.ScaledResidualInit ? Math.Sqrt(2.0 * _config.Layers) : 1;
        AddNorm($"{layer}.{_parts.AttentionNorm}");
        if (_parts.QueriesKeysValues is { } fused)
        {
            AddLinear($"{layer}.{fused}", _config.Hidden, heads + 2 * keyValueHeads, _config.AttentionBias);
        }
        else
        {
            AddLinear($"{layer}.{_parts.Queries}", _config.Hidden, heads, _config.AttentionBias);
            AddLinear($"{layer}.{_parts.Keys}", _config.Hidden, keyValueHeads, _config.AttentionBias);
            AddLinear($"{layer}.{_parts.Values}", _config.Hidden, keyValueHeads, _config.AttentionBias);
        }
        AddLinear($"{layer}.{_parts.AttentionOut}", heads, _config.Hidden, _config.AttentionBias, residual);
        AddNorm($"{layer}.{_parts.FeedForwardNorm}");
        if (_config.Gated)
            AddLinear($"{layer}.{_parts.Gate}", _config.Hidden, _config.Inner, _config.FeedForwardBias);
        AddLinear($"{layer}.{_parts.Widen}", _config.Hidden, _config.Inner, _config.FeedForwardBias);
        AddLinear($"{layer}.{_parts.Narrow}", _config.Inner, _config.Hidden, _config.FeedForwardBias, residual);
    }

    private void AddHead()
    {
        if (_config.FinalNorm)
            AddNorm(_parts.FinalNorm);
        if (_config.ProjectsEmbedding)
            AddLinear(_parts.ProjectOut, _config.Hidden, _config.EmbeddingWidth, bias: false);
        AddMatrix(
            _parts.Head, [_config.VocabularySize, _config.EmbeddingWidth], tiedTo: _config.TiedHead ? _parts.TokenEmbeddingWeight : null);
    }

    private void AddNorm(string name)
    {
        _specs.Add(new($"{name}.weight", [_config.Hidden], InitialValue.Ones));
        if (_config.Norm == NormKind.Layer)
            _specs.Add(new($"{name}.bias", [_config.Hidden], InitialValue.Zeros));
    }

    private void AddLinear(string name, long inputs, long outputs, bool bias, double divisor = 1)
    {
        AddMatrix($"{name}.weight", _parts.InputsFirst ? [inputs, outputs] : [outputs, inputs], divisor);
        if (bias)
            _specs.Add(new($"{name}.bias", [outputs], InitialValue.Zeros));
    }

    private void AddMatrix(string name, long[] shape, double divisor = 1, string? tiedTo = null) =>
        _specs.Add(new(name, shape, InitialValue.Normal, _config.InitializerRange / divisor, tiedTo));
}
