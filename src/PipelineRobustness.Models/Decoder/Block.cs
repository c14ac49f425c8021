using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>
/// The part of a model that one stage computes; the whole model is the only block of a cut into one. A cut model runs
/// the same operations on the same row shapes as the whole model, so it gives the same bits.
/// </summary>
public sealed class Block : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly TokenEmbedding? _embedding;
    private readonly DecoderLayer[] _layers;
    private readonly LanguageHead? _head;
    private readonly PositionTables _positions;

    /// <summary>Creates and initializes the block's parameters. They outlive the caller's dispose scope.</summary>
    /// <param name="config">The whole model's shape.</param>
    /// <param name="range">The layers of this block.</param>
    /// <param name="weights">The initial weights; read for the parameters of this block only.</param>
    /// <param name="device">The device to compute on; null for the CPU.</param>
    /// <exception cref="BadInputException">The weights do not match the model.</exception>
    public Block(ModelConfig config, BlockRange range, IWeightSource weights, Device? device = null)
    {
        Config = config;
        Range = range;
        var parts = config.Family.Parts;
        _parameters = new ParameterSet(DecoderLayout.Of(config, range), weights, device);
        _positions = new PositionTables(config);
        _embedding = range.HasEmbedding ? new TokenEmbedding(_parameters, config, parts) : null;
        _layers = [.. Enumerable.Range(range.FirstLayer, range.LayerCount)
            .Select(layer => new DecoderLayer(_parameters, config, parts, layer))];
        _head = range.HasHead ? new LanguageHead(_parameters, config, parts) : null;
    }

    /// <summary>The layers of this block.</summary>
    public BlockRange Range { get; }

    /// <summary>The whole model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>The trained parameters in the model's order.</summary>
    public IReadOnlyList<BlockParameter> Parameters => _parameters.All;

    /// <summary>
    /// Computes the block. Intermediate tensors belong to the caller's dispose scope, so there should be one; the input
    /// is not modified.
    /// </summary>
    /// <param name="input">Block 0: int64 [batch, time]; others: float32 [batch, time, hidden].</param>
    /// <param name="hidden">
    /// If given, receives, as [batch x time, hidden], the input of the block's first layer, the output of each of its
    /// layers and, in the last block, the input of the head.
    /// </param>
    /// <returns>[batch, time, hidden]; in the last block logits, [batch, time, vocabulary].</returns>
    /// <exception cref="ArgumentException">The sequence is longer than the model's positions.</exception>
    public Tensor Forward(Tensor input, ICollection<Tensor>? hidden = null)
    {
        var (batch, time) = (input.shape[0], input.shape[1]);
        if (time > Config.LongestSequence)
            throw new ArgumentException($"sequence of {time} tokens: the model has {Config.LongestSequence} positions", nameof(input));
        _positions.Prepare(time, input.device);
        var rows = _embedding is null ? input.reshape(batch * time, Config.Hidden) : _embedding.Forward(input);
        hidden?.Add(rows);
        foreach (var layer in _layers)
        {
            rows = layer.Forward(rows, batch, time, _positions);
            hidden?.Add(rows);
        }
        if (_head is null) return rows.view(batch, time, Config.Hidden);
        rows = _head.Normalize(rows);
        hidden?.Add(rows);
        return _head.Score(rows).view(batch, time, Config.VocabularySize);
    }

    /// <summary>Frees the parameters; may be called again.</summary>
    public void Dispose()
    {
        _embedding?.Dispose();
        _positions.Dispose();
        _parameters.Dispose();
    }
}
