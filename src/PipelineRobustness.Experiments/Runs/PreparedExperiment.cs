using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>An experiment that has been checked whole, so that nothing but the training itself can go wrong.</summary>
/// <param name="Settings">The experiment as read.</param>
/// <param name="Runs">Its runs, in order.</param>
public sealed record PreparedExperiment(ExperimentSettings Settings, IReadOnlyList<PreparedRun> Runs) : IDisposable
{
    /// <summary>Closes the texts.</summary>
    public void Dispose()
    {
        foreach (var text in Runs.Select(run => run.Text).OfType<Corpus>().Distinct())
            text.Dispose();
    }

    /// <summary>Reads every model and text that the runs name and checks every combination.</summary>
    /// <param name="settings">The experiment.</param>
    /// <param name="surroundings">Caches, network and progress; null for none.</param>
    /// <exception cref="BadInputException">Anything does not fit; the message names it.</exception>
    public static PreparedExperiment Prepare(ExperimentSettings settings, CorpusEnvironment? surroundings = null) =>
        Prepare(settings, new ExperimentText(settings.Folder, surroundings ?? CorpusEnvironment.Offline, isRead: true));

    /// <summary>
    /// The same without the text: it is looked for, but neither downloaded nor tokenised, its length is not
    /// judged, and <see cref="PreparedRun.Text"/> is null.
    /// </summary>
    /// <exception cref="BadInputException">Anything does not fit; the message names it.</exception>
    public static PreparedExperiment Outline(ExperimentSettings settings, CorpusEnvironment? surroundings = null) =>
        Prepare(settings, new ExperimentText(settings.Folder, surroundings ?? CorpusEnvironment.Offline, isRead: false));

    /// <summary>This experiment, checked to be trainable.</summary>
    /// <exception cref="BadInputException">One of its runs is without tensors.</exception>
    public PreparedExperiment WithTensors() => Runs.FirstOrDefault(run => run.Settings.Model.Numerics == Numerics.Shapes) is { Settings: { } run }
        ? throw new BadInputException(
            $"{run.Effective.Find("model.numerics")!.Origin}: model.numerics: expected torch, since only simulate goes without tensors, "
            + $"found shapes (run {run.Name})")
        : this;

    /// <summary>This experiment with the audits that an event log tells of.</summary>
    /// <param name="events">The log: <c>events.jsonl</c> of an experiment with runs of the same names.</param>
    /// <exception cref="BadInputException">It cannot be read, or lacks a run that is audited, or no run is audited.</exception>
    public PreparedExperiment WithAuditsOf(string events)
    {
        if (!Runs.Any(run => run.Settings.Defence.Audit.Any))
            throw new BadInputException("--audits: expected a run that is audited (defence.audit), found none");
        var keys = RecordedAuditKeys.Of(events);
        return this with { Runs = [.. Runs.Select(run => !run.Settings.Defence.Audit.Any ? run : run with { AuditKeys = KeysOf(run.Settings.Name) })] };

        RecordedAuditKeys KeysOf(string name)
        {
            if (keys.TryGetValue(name, out var found)) return found;
            var others = keys.Count == 0 ? "no run" : string.Join(", ", keys.Keys.Order(StringComparer.Ordinal));
            throw new BadInputException($"{events}: expected run {name}, found {others}");
        }
    }

    private static PreparedExperiment Prepare(ExperimentSettings settings, ExperimentText texts)
    {
        var models = new ModelSource(settings.Folder);
        var tokenizers = new TokenizerSource(settings.Folder);
        var scenarios = new ScenarioSource(settings.Folder);
        var runs = new List<PreparedRun>();
        foreach (var run in settings.Runs)
        {
            var (stored, folder) = models.Of(run);
            var model = stored.Config;
            CombinationCheck.Check(run, model);
            if (run.From is not null)
            {
                var parent = runs.Find(r => r.Settings.Name == run.From)!;
                CombinationCheck.CheckParent(run, model, parent.Settings, parent.Model);
            }

            foreach (var liar in run.Attack.Liars.Where(liar => liar.OtherRun is not null))
            {
                var other = runs.Find(r => r.Settings.Name == liar.OtherRun)!;
                CombinationCheck.CheckOtherRun(run, model, liar, other.Settings, other.Model);
            }

            runs.Add(new PreparedRun(run, model, folder, null, null)
            {
                ModelNotes = stored.Notes,
                Scenario = scenarios.Of(run),
                Network = NetworkFile.Of(run, settings.Folder),
            });
        }

        var prepared = runs.ConvertAll(run => WithText(run, texts, tokenizers));
        return new PreparedExperiment(settings, texts.AreRead ? WithInputs(prepared, models) : prepared);
    }

    /// <summary>Each text is read for its fingerprint once, and so is each checkpoint, and once more for weights that are not finite.</summary>
    private static List<PreparedRun> WithInputs(List<PreparedRun> runs, ModelSource models)
    {
        var tokens = runs.Select(run => run.Corpus).Distinct().ToDictionary(text => text, RunInputs.Of);
        return runs.ConvertAll(run =>
        {
            var continues = run.Settings.From is not null;
            var folder = continues ? null : run.ModelFolder;
            var model = RunInputs.Of(run.Model, isDrawn: !continues && folder is null);
            return run with
            {
                Inputs = new RunInputs(tokens[run.Corpus], folder is null ? null : models.DigestOf(folder), model, run.Prompts?.Sha256),
                ModelNotes = folder is null ? run.ModelNotes : [.. run.ModelNotes, .. models.NotFinite(folder, run.Model)],
            };
        });
    }

    /// <summary>Shapes of all runs are judged before any text is read: that may take long.</summary>
    private static PreparedRun WithText(PreparedRun run, ExperimentText texts, TokenizerSource tokenizers)
    {
        RunParts.Plan(run).Validate();
        var tokenizer = texts.AreRead ? tokenizers.Of(run) : null;
        if (!texts.AreRead)
            tokenizers.Check(run);
        if (tokenizer is not null)
            CombinationCheck.CheckTokenizer(run.Settings, run.Model, tokenizer.Tokenizer);

        var prepared = run with
        {
            Tokenizer = tokenizer,
            Prompts = RunPrompts.Of(run.Settings, run.Model, tokenizer?.Tokenizer, texts.Folder),
            ModelNotes = texts.AreRead ? [.. run.ModelNotes, .. HuggingFaceFolder.LeftOut(run.ModelFolder, tokenizer?.Folder)] : run.ModelNotes,
            Text = texts.Of(run.Settings, tokenizer?.Tokenizer),
        };
        if (prepared.Text is not null)
            RunParts.Data(prepared, windowsUsed: 0);

        return prepared;
    }
}
