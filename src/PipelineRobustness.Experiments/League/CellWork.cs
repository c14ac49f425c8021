using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.League;

/// <summary>Works cells of a league, one at a time, with the bits that each has alone.</summary>
/// <param name="league">The league.</param>
/// <param name="folder">Its output folder, in which the models that cells start with are kept.</param>
/// <param name="launch">Trains a run.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="surroundings">Caches and network for texts.</param>
public sealed class CellWork(LeagueSettings league, string folder, Launch launch, TimeProvider clock, CorpusEnvironment surroundings)
{
    private const string FolderName = "parents", IdentityName = "identity", Unfinished = ".part";

    private readonly ExperimentFolder _folder = ExperimentFolder.At(Path.Combine(folder, FolderName));

    /// <summary>Whether a model that cells start with is there, of the settings that it should have.</summary>
    /// <param name="folder">The league's output folder.</param>
    /// <param name="parent">The run that trains it.</param>
    /// <param name="identity">Its identity.</param>
    public static bool HasParent(string folder, string parent, string identity)
    {
        var file = Path.Combine(folder, FolderName, ExperimentFolder.ModelOf(parent), IdentityName);
        return File.Exists(file) && File.ReadAllText(file) == identity;
    }

    /// <summary>Trains the model that a cell starts with, and keeps it.</summary>
    /// <exception cref="InvalidOperationException">It could not be trained.</exception>
    /// <exception cref="IOException">It cannot be saved.</exception>
    public async Task TrainParentAsync(CellKey cell)
    {
        using var experiment = Prepare(cell);
        var run = experiment.Runs[0];
        await using var work = Open(experiment, run, windows: 0);
        using var outcome = await launch(work, new CellRecorder(run), CancellationToken.None).ConfigureAwait(false);
        if (outcome.Status != RunStatus.Done || outcome.EvaluationLoss is not { } loss || !double.IsFinite(loss))
            throw new InvalidOperationException($"the model that cells start with could not be trained: {outcome.Reason ?? "its numbers are not finite"}");

        var model = _folder.Full(ExperimentFolder.ModelOf(run.Settings.Name));
        var parameters = outcome.FinalState.SelectMany(block => block.Parameters).Where(parameter => !parameter.Tied);
        HuggingFaceFolder.Save(model + Unfinished, run.Model, parameters.Select(parameter => (parameter.Name, parameter.Weight)));
        await File.WriteAllTextAsync(Path.Combine(model + Unfinished, IdentityName), RunIdentity.Of(experiment, run)).ConfigureAwait(false);
        if (Directory.Exists(model)) Directory.Delete(model, recursive: true);
        Directory.Move(model + Unfinished, model);
    }

    /// <summary>Works a cell.</summary>
    /// <exception cref="BadInputException">It cannot be run.</exception>
    public async Task<LeagueRow> WorkAsync(CellKey cell)
    {
        using var experiment = Prepare(cell);
        var (parent, run) = (experiment.Runs[0], experiment.Runs[1]);
        var began = Environment.CpuUsage.TotalTime;
        var recorder = new CellRecorder(run);
        // What a process left that was killed: its events are not known.
        RunCheckpoints.Delete(experiment, run, _folder);
        try
        {
            await using var work = Open(experiment, run, RunParts.Data(parent, 0).Training.WindowsUsed(parent.Settings.Training.Iterations));
            using var outcome = await launch(work, recorder, CancellationToken.None).ConfigureAwait(false);
            return recorder.Row(cell, RunIdentity.Of(experiment, run), outcome, Environment.CpuUsage.TotalTime - began);
        }
        finally
        {
            RunCheckpoints.Delete(experiment, run, _folder);
        }
    }

    private PreparedExperiment Prepare(CellKey cell) => PreparedExperiment.Prepare(league.Experiment([cell]), surroundings);

    private RunSpec Open(PreparedExperiment experiment, PreparedRun run, long windows) =>
        new RunCatalog(experiment, _folder, clock, RunParts.Store).Open(new RunKey(run.Settings.Name, windows));
}
