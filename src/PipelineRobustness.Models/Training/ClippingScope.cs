using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Training;

/// <summary>Selects the norm that clips each parameter: one norm for the whole model, or one per block of a cut.</summary>
internal sealed class ClippingScope
{
    private readonly Dictionary<string, int> _blockOf;
    private readonly int _blocks;
    private readonly double _limit;

    public ClippingScope(ModelConfig config, IReadOnlyList<BlockRange> blocks, double limit)
    {
        _blockOf = blocks.SelectMany(range => DecoderLayout.Of(config, range).Select(spec => (spec.Name, range.Index)))
            .ToDictionary(pair => pair.Name, pair => pair.Index);
        _blocks = blocks.Count;
        _limit = limit;
    }

    /// <summary>The coefficient of each parameter. A tied head is clipped like its embedding, otherwise the two would diverge.</summary>
    public Func<BlockParameter, double> Coefficients(IReadOnlyList<BlockParameter> parameters, double[] squaredNorms)
    {
        var ofBlock = Enumerable.Range(0, _blocks).Select(block => Clipping.Coefficient(
            Clipping.Norm(parameters.Zip(squaredNorms).Where(pair => BlockOf(pair.First) == block).Select(pair => pair.Second)),
            _limit)).ToArray();
        return parameter => ofBlock[BlockOf(parameter)];
    }

    private int BlockOf(BlockParameter parameter) => _blockOf[parameter.TiedTo ?? parameter.Name];
}
