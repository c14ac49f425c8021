using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>
/// Works an experiment's runs one after another. A run that fails is marked so and the others go on; a run whose parent
/// has no weights fails with it; an interrupt ends the run under way after its iteration and begins no other. What has
/// come out is on the disk after each run.
/// </summary>
/// <param name="launch">Trains one run; <see cref="PipelineHost.RunAsync"/> outside of tests.</param>
/// <param name="clock">Tells the time.</param>
public sealed class ExperimentRunner(Launch launch, TimeProvider clock)
{
    /// <summary>Runs the experiment and writes everything but the report.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="folder">Where results go.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="interrupt">Asks to end after the current iteration.</param>
    /// <param name="before">Runs that are done; null for none.</param>
    public async Task<ExperimentResult> RunAsync(
        PreparedExperiment experiment, ExperimentFolder folder, string command, IExperimentObserver observer, CancellationToken interrupt,
        DoneBefore? before = null)
    {
        before ??= DoneBefore.Nothing;
        using var log = new EventLog(folder.Events, [.. before.Runs.Keys]);
        var ended = new Dictionary<string, RunResult>(before.Runs);
        var results = new List<RunResult>();
        var sofar = new ExperimentResult(experiment.Settings, command, before.Began ?? clock.GetUtcNow(), results);
        var parents = experiment.Runs.Select(r => r.Settings.From).ToHashSet();
        Record();
        foreach (var run in experiment.Runs)
        {
            var name = run.Settings.Name;
            if (!before.Runs.TryGetValue(name, out var result))
            {
                var parent = run.Settings.From is { } from ? ended[from] : null;
                result = WhyNot(run.Settings, parent, interrupt);
                if (result is null)
                {
                    observer.Began(run.Settings);
                    var keeps = run.Settings.Output.AllModels || parents.Contains(name);
                    result = await WorkAsync(run, parent, folder, keeps, new RunRecorder(run, log, observer), interrupt).ConfigureAwait(false);
                }

                ended[name] = result;
                Record();
            }

            observer.Ended(result);
        }

        return sofar;

        // In the experiment's order, whichever were done before.
        void Record()
        {
            results.Clear();
            results.AddRange(experiment.Runs.Where(r => ended.ContainsKey(r.Settings.Name)).Select(r => ended[r.Settings.Name]));
            ExperimentFolder.Write(folder.Json, ExperimentJson.Text(sofar));
        }
    }

    private static RunResult? WhyNot(RunSettings run, RunResult? parent, CancellationToken interrupt)
    {
        if (interrupt.IsCancellationRequested)
            return RunResult.NotBegun(run, RunStatus.Interrupted, "not begun: the experiment was interrupted");

        return parent is { Status: not RunStatus.Done }
            ? RunResult.NotBegun(run, RunStatus.Failed, $"not begun: run {run.From}, whose weights it starts with, failed")
            : null;
    }

    private async Task<RunResult> WorkAsync(
        PreparedRun run, RunResult? parent, ExperimentFolder folder, bool keeps, RunRecorder recorder, CancellationToken interrupt)
    {
        try
        {
            var memory = MemoryWatch.Begin();
            var weights = RunLaunch.Weights(run, parent is null ? null : folder.Full(parent.ModelFolder!));
            using (weights as IDisposable)
            {
                var data = RunLaunch.Data(run, parent?.WindowsUsed ?? 0);
                var adversary = RunLaunch.Adversary(run.Settings);
                var ports = new Ports { Behaviour = adversary, Clock = clock };
                using var outcome = await launch(RunLaunch.Plan(run), weights, data, ports, recorder, interrupt).ConfigureAwait(false);
                var result = recorder.Result(outcome) with { Tally = VerdictTally.Of(adversary.Attacks, recorder.Verdicts) };
                result = WithState(result, run, outcome, data.Training.WindowsUsed(outcome.Iterations), folder, keeps);
                return WithMemory(result, run, memory) with { Inputs = run.Inputs };
            }
        }
        catch (Exception e)
        {
            await File.AppendAllTextAsync(folder.Errors, $"{run.Settings.Name}: {e}\n", CancellationToken.None).ConfigureAwait(false);
            var reason = $"{e.GetType().Name}: {OneLine.Of(e.Message, 300)} (see {Path.GetFileName(folder.Errors)})";
            return RunResult.NotBegun(run.Settings, RunStatus.Failed, reason);
        }
    }

    private static RunResult WithMemory(RunResult result, PreparedRun run, MemoryWatch memory) => result with
    {
        PeakMemory = memory.PeakAbove,
        PeakIsOfRun = memory.OfRun,
        PlannedMemory = StageCost.Of(run.Settings, run.Model).Sum(stage => stage.Memory),
    };

    private static RunResult WithState(
        RunResult result, PreparedRun run, RunOutcome outcome, long windows, ExperimentFolder folder, bool keeps)
    {
        if (outcome.FinalState.IsDefaultOrEmpty)
            return result;

        var parameters = outcome.FinalState.SelectMany(b => b.Parameters).ToList();
        var model = ExperimentFolder.ModelOf(run.Settings.Name);
        if (keeps)
        {
            HuggingFaceFolder.Save(
                folder.Full(model), run.Model, parameters.Where(p => !p.Tied).Select(p => (p.Name, p.Weight)),
                modelFrom: run.ModelFolder, tokenizerFrom: run.Tokenizer?.Folder);
        }
        else if (Directory.Exists(folder.Full(model)))
            Directory.Delete(folder.Full(model), recursive: true);

        return result with
        {
            ModelFolder = keeps ? model : null,
            WindowsUsed = windows,
            WeightsSha256 = Fingerprint.Weights(parameters),
            StateSha256 = Fingerprint.State(parameters, windows),
        };
    }
}
