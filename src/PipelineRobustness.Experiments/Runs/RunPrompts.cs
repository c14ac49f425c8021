using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Prompts;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The prompts that a run's final weights are asked.</summary>
/// <param name="Sha256">SHA-256 of their file.</param>
/// <param name="Encoded">Their tokens; empty where the text was not asked for.</param>
public sealed record RunPrompts(string Sha256, IReadOnlyList<EncodedPrompt> Encoded)
{
    /// <summary>The prompts of a run; null where it has none.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="tokenizer">Its tokenizer; null where texts are only looked for.</param>
    /// <param name="experimentFolder">Where relative paths are looked for, after the current directory.</param>
    /// <exception cref="BadInputException">The file is absent, or not as it should be.</exception>
    public static RunPrompts? Of(RunSettings run, ModelConfig model, ITokenizer? tokenizer, string experimentFolder)
    {
        if (run.Evaluation.Prompts is not { } path) return null;
        var file = PromptFile.Read(InputPath.Resolve(path, experimentFolder));
        return new RunPrompts(file.Sha256, tokenizer is null ? [] : file.Encode(tokenizer, model.LongestSequence));
    }

    /// <summary>What a run's final weights go on with.</summary>
    internal IReadOnlyList<PromptShare> Shares(PreparedRun run, IEnumerable<ParameterState> parameters)
    {
        set_num_threads(run.Settings.Pipeline.IntraOpThreads);
        return PromptEvaluation.Shares(run.Model, new StateWeights(parameters), Encoded);
    }
}
