using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Models.Shape;

/// <summary>A parameter of a block, described before it is allocated.</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Tied">Whether it is a head tied to the embedding.</param>
/// <param name="Dimensions">Its dimensions.</param>
public sealed record ParameterShape(string Name, bool Tied, IReadOnlyList<long> Dimensions)
{
    /// <summary>A block's parameters, in the order of <see cref="BlockState.Parameters"/>.</summary>
    public static IReadOnlyList<ParameterShape> Of(ModelConfig config, BlockRange range) =>
        [.. DecoderLayout.Of(config, range).Select(spec => new ParameterShape(spec.Name, spec.TiedTo is not null, spec.Shape))];
}
