using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Which states a block can be restored from. A state's digest covers bytes and step counts alone, so that it says nothing of it.</summary>
internal static class StateAdmission
{
    /// <summary>The digest of a state; 0, which no state has, where the block cannot be restored from it.</summary>
    public static UInt128 DigestOf(this StageSetup setup, int block, BlockState state)
    {
        var expected = ParameterShape.Of(setup.Plan.Model, setup.Cut[block]);
        return state.Parameters.Count == expected.Count && state.Parameters.Zip(expected).All(pair => Fits(pair.First, pair.Second)) ? state.Digest() : 0;
    }

    private static bool Fits(ParameterState given, ParameterShape expected) =>
        given.Name == expected.Name
        && ((Tensor[])[given.Weight, given.FirstMoment, given.SecondMoment]).All(tensor =>
            tensor.dtype == ScalarType.Float32 && tensor.HasBytes() && tensor.shape.SequenceEqual(expected.Dimensions));
}
