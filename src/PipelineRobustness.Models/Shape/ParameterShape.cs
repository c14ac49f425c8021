using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Models.Shape;

/// <summary>What is known of a block's parameter before anybody has it.</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Tied">Whether it is a head whose values are the embedding's.</param>
/// <param name="Dimensions">Its dimensions.</param>
public sealed record ParameterShape(string Name, bool Tied, IReadOnlyList<long> Dimensions)
{
    /// <summary>A block's parameters, in the order in which <see cref="BlockState.Parameters"/> has them.</summary>
    public static IReadOnlyList<ParameterShape> Of(ModelConfig config, BlockRange range) =>
        [.. DecoderLayout.Of(config, range).Select(spec => new ParameterShape(spec.Name, spec.TiedTo is not null, spec.Shape))];
}
