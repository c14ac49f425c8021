using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Whether a run's folder still holds the weights that it ended with.</summary>
internal static class StoredWeights
{
    /// <summary>Reads the folder and compares fingerprints.</summary>
    public static bool Are(PreparedRun run, RunResult result, ExperimentFolder folder)
    {
        if (result.ModelFolder is null)
            return false;

        try
        {
            var weights = RunParts.Weights(run, folder.Full(result.ModelFolder));
            using (weights as IDisposable)
            {
                using var block = new Block(run.Model, BlockRange.Whole(run.Model), weights);
                return Fingerprint.Weights(block.Parameters.Select(Stored)) == result.WeightsSha256;
            }
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    // Moments play no part in the weights' fingerprint.
    private static ParameterState Stored(BlockParameter parameter) =>
        new(parameter.Name, parameter.TiedTo is not null, parameter.Value, parameter.Value, parameter.Value, 0);
}
