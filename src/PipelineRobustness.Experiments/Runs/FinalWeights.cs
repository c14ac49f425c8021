using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The weights that a run ended with.</summary>
internal static class FinalWeights
{
    /// <summary>
    /// Adds the fingerprints of weights and state to a result, and what the weights go on with after prompts, and saves the weights where they
    /// are kept. A run whose weights cannot be saved has failed and keeps its numbers; nothing is left of a part of a model, which would be none.
    /// </summary>
    /// <exception cref="FolderTakenException">Another process has taken the folder over.</exception>
    public static RunResult Save(RunResult result, PreparedRun run, RunOutcome outcome, long windows, ExperimentFolder folder, bool keeps)
    {
        if (outcome.FinalState.IsDefaultOrEmpty)
            return result;

        var parameters = outcome.FinalState.SelectMany(b => b.Parameters).ToList();
        result = result with
        {
            WindowsUsed = windows,
            WeightsSha256 = Fingerprint.Weights(parameters),
            StateSha256 = Fingerprint.State(parameters, windows),
            Prompts = run.Prompts?.Shares(run, parameters) ?? [],
        };
        var model = ExperimentFolder.ModelOf(run.Settings.Name);
        try
        {
            if (!keeps)
            {
                Delete(folder.Full(model));
                return result;
            }

            var leftOut = NotSavedException.Try("the weights", () => HuggingFaceFolder.Save(
                folder.Full(model), run.Model, parameters.Where(p => !p.Tied).Select(p => (p.Name, p.Weight)),
                modelFrom: run.ModelFolder, tokenizerFrom: run.Tokenizer?.Folder));
            return result with { ModelFolder = model, SavingNotes = leftOut };
        }
        catch (NotSavedException e)
        {
            folder.ThrowIfLost();
            Delete(folder.Full(model));
            return result.NotSaved(e);
        }
    }

    // Left-over files do no harm: no result names them.
    private static void Delete(string model)
    {
        try
        {
            if (Directory.Exists(model)) Directory.Delete(model, recursive: true);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
        }
    }
}
