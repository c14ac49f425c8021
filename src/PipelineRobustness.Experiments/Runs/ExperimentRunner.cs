using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Trains an experiment's runs one after another. A run that fails is marked failed and the others continue; a run whose parent
/// has no weights fails with it; an interrupt ends the run under way after its iteration and begins no other. Results
/// are on disk after each run, and an unfinished run resumes from its newest checkpoint.
/// </summary>
/// <param name="launch">Trains one run.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="store">Opens the store of a run's checkpoints; null where none are written.</param>
public sealed class ExperimentRunner(Launch launch, TimeProvider clock, OpenStore? store = null)
{
    /// <summary>Runs the experiment and writes everything but the report.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="folder">Where results go; claimed if it is not yet, and released by the caller.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="interrupt">Asks to end after the current iteration.</param>
    /// <param name="before">Runs that are done or begun; null for none.</param>
    /// <exception cref="FolderTakenException">Another process has taken the folder over; it was left as it is.</exception>
    /// <exception cref="BadInputException">The folder cannot be written to; nothing was begun.</exception>
    public async Task<ExperimentResult> RunAsync(
        PreparedExperiment experiment, ExperimentFolder folder, string command, IExperimentObserver observer, CancellationToken interrupt,
        EarlierResults? before = null)
    {
        before ??= EarlierResults.Nothing;
        if (!folder.IsClaimed)
            folder.Claim();

        using var log = folder.Begin(() => new EventLog(folder, before.Runs.Keys.Concat(before.Begun.Keys).ToHashSet()));
        var catalog = new RunCatalog(experiment, folder, clock, store);
        var ended = new Dictionary<string, RunResult>(before.Runs);
        var results = new List<RunResult>();
        var sofar = new ExperimentResult(experiment.Settings, command, before.Began ?? clock.GetUtcNow(), results);
        var parents = experiment.Runs.SelectMany(r => r.Settings.Needs).ToHashSet();
        folder.Begin(Record);
        foreach (var run in experiment.Runs)
        {
            var name = run.Settings.Name;
            if (!before.Runs.TryGetValue(name, out var result))
            {
                var parent = run.Settings.From is { } from ? ended[from] : null;
                result = WhyNot(run.Settings, [.. run.Settings.Needs.Select(needed => ended[needed])], interrupt);
                if (result is null)
                {
                    var record = Begin(experiment, run, folder, log, before);
                    observer.Began(run.Settings);
                    if (record.Iterations > 0)
                        observer.Resumes(run.Settings, record.Iterations, record.Verdicts.Count, record.Totals.TrainingTime);

                    var recorder = new RunRecorder(run, record, log, observer);
                    var keeps = run.Settings.Output.KeepModels == KeptModels.All || parents.Contains(name);
                    RunSpec Opened() => Open(catalog, run, parent, record, RunEvidence.Of(experiment, run, folder));
                    result = await WorkAsync(Opened, run, folder, keeps, recorder, interrupt).ConfigureAwait(false);
                }

                ended[name] = result;
                try
                {
                    NotSavedException.Try("experiment.json", Record);
                }
                catch (NotSavedException e)
                {
                    // A run is done once the file says so: until then its checkpoints stay.
                    ended[name] = result = result.NotSaved(e);
                    Collect();
                }
            }

            Tidy(experiment, run, result, folder);
            observer.Ended(result);
        }

        return sofar;

        ExperimentFolder Record()
        {
            Collect();
            folder.Write(folder.Json, ExperimentJson.Text(sofar));
            return folder;
        }

        // In the experiment's order, which earlier results may not have.
        void Collect()
        {
            results.Clear();
            results.AddRange(experiment.Runs.Where(r => ended.ContainsKey(r.Settings.Name)).Select(r => ended[r.Settings.Name]));
        }
    }

    // A run that starts from scratch must not find checkpoints of an earlier one.
    private static RunRecord Begin(
        PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder, EventLog log, EarlierResults before)
    {
        var name = run.Settings.Name;
        if (before.Begun.TryGetValue(name, out var record))
            return record;

        RunCheckpoints.Delete(experiment, run, folder);
        RunEvidence.Delete(run, folder);
        var identity = RunIdentity.Of(experiment, run);
        log.Begin(name, identity, RunIdentity.Content(run));
        return new RunRecord(identity);
    }

    private static RunSpec Open(RunCatalog catalog, PreparedRun run, RunResult? parent, RunRecord record, IEvidence? evidence)
    {
        var open = catalog.Open(new RunKey(run.Settings.Name, parent?.WindowsUsed ?? 0));
        var store = open.Ports.Store is { } whole ? new RecordedStore(whole, record) : null;
        return open with { Ports = open.Ports with { Store = store, Evidence = evidence } };
    }

    private static void Tidy(PreparedExperiment experiment, PreparedRun run, RunResult result, ExperimentFolder folder)
    {
        if (run.Settings.Output.Checkpoints == KeptCheckpoints.Keep)
            return;

        try
        {
            RunCheckpoints.DeleteOthers(experiment, run, folder);
            if (result is { Status: RunStatus.Done, NotFinite: not null, Diverged: true })
                RunCheckpoints.DeleteAllButFinite(experiment, run, folder);
            else if (result.Status == RunStatus.Done)
                RunCheckpoints.Delete(experiment, run, folder);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            // Another node may still be writing there. Left-over files do no harm.
        }
    }

    private static RunResult? WhyNot(RunSettings run, IReadOnlyList<RunResult> needed, CancellationToken interrupt)
    {
        if (interrupt.IsCancellationRequested)
            return RunResult.NotBegun(run, RunStatus.Interrupted, "not begun: the experiment was interrupted");

        if (needed.FirstOrDefault(other => other.Status != RunStatus.Done)?.Settings.Name is not { } lost) return null;
        var use = lost == run.From ? "it starts with" : "its attackers use";
        return RunResult.NotBegun(run, RunStatus.Failed, $"not begun: run {lost}, whose weights {use}, failed");
    }

    private async Task<RunResult> WorkAsync(
        Func<RunSpec> open, PreparedRun run, ExperimentFolder folder, bool keeps, RunRecorder recorder, CancellationToken interrupt)
    {
        var isLaunched = false;
        try
        {
            var memory = MemoryWatch.Begin();
            await using var work = open();
            isLaunched = true;
            using var outcome = await launch(work, recorder, interrupt).ConfigureAwait(false);
            if (outcome.Status == RunStatus.Superseded)
                throw new FolderTakenException(outcome.Reason ?? run.Settings.Name);

            var result = recorder.Result(outcome);
            folder.ThrowIfLost();
            result = FinalWeights.Save(result, run, outcome, work.Data.Training.WindowsUsed(outcome.Iterations), folder, keeps);
            return WithMemory(result, run, memory);
        }
        catch (Exception e) when (e is not FolderTakenException)
        {
            folder.ThrowIfLost();
            var where = await TellAsync($"{run.Settings.Name}: {e}\n", folder).ConfigureAwait(false);
            var kind = e is BadInputException ? "" : $"{e.GetType().Name}: ";
            var reason = $"{kind}{OneLine.Of(e.Message, 300)}{where}";
            return isLaunched ? recorder.Failed(reason) : RunResult.NotBegun(run.Settings, RunStatus.Failed, reason);
        }
    }

    // A disk that is full must not hide what it led to.
    private static async Task<string> TellAsync(string details, ExperimentFolder folder)
    {
        try
        {
            await File.AppendAllTextAsync(folder.Errors, details, CancellationToken.None).ConfigureAwait(false);
            return $" (see {Path.GetFileName(folder.Errors)})";
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            return "";
        }
    }

    private static RunResult WithMemory(RunResult result, PreparedRun run, MemoryWatch memory) => result with
    {
        PeakMemory = memory.PeakAbove,
        PeakIsOfRun = memory.OfRun,
        PlannedMemory = StageCost.Of(run.Settings, run.Model).Sum(stage => stage.Memory) + HearingCost.Of(run.Settings, run.Model),
    };
}
