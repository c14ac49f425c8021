using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What the server needs no stage for: the tokens that the first block works on, and the targets of the last.</summary>
/// <param name="Inputs">Token ids [batch, time] of a micro-batch; the caller owns them.</param>
/// <param name="Targets">Target ids [batch, time] of a micro-batch; the caller owns them.</param>
internal sealed record PassTokens(Func<int, Tensor> Inputs, Func<int, Tensor> Targets)
{
    /// <summary>Those of an iteration, read from the run's own data.</summary>
    public static PassTokens Of(StageSetup setup, long iteration) => new(
        microBatch => setup.Data.Training.Inputs(iteration, microBatch), microBatch => setup.Data.Training.Targets(iteration, microBatch));
}
