using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>What an output folder holds of the same experiment: runs that need not be trained again, or not from their beginning.</summary>
/// <param name="Runs">Results of those that are done, by name.</param>
/// <param name="Began">When the experiment first began; null where nothing was done before.</param>
/// <param name="OtherVersions">Whether they were done with other versions of program, libraries or system.</param>
/// <param name="Changed">Runs that were also done or begun, but are not reused.</param>
public sealed record EarlierResults(
    IReadOnlyDictionary<string, RunResult> Runs, DateTimeOffset? Began, bool OtherVersions, IReadOnlyList<string> Changed)
{
    private const long BytesMax = 1L << 30;
    private const int DifferencesShown = 5;

    private static readonly string[] FieldsRead = ["runs", "versions", "began"];

    /// <summary>What is recorded of runs that were begun and not finished: they resume from their newest checkpoint.</summary>
    public IReadOnlyDictionary<string, RunRecord> Begun { get; init; } = new Dictionary<string, RunRecord>();

    /// <summary>In what runs that were done or begun differ from the present ones, with former and present value, by name.</summary>
    public IReadOnlyDictionary<string, string> Differences { get; init; } = new Dictionary<string, string>();

    /// <summary>Nothing.</summary>
    public static EarlierResults Nothing { get; } = new(new Dictionary<string, RunResult>(), null, false, []);

    /// <summary>
    /// Reads a folder. A result is reused if the run is done, its settings would give the same numbers now, its text and initial
    /// weights are the same, all its events are recorded, and the same holds for the runs that it needs the weights of. If a run
    /// that is still to be done needs them, its weights must also exist and have the recorded fingerprint. An unfinished run resumes
    /// if its <see cref="RunIdentity"/> is the same and the runs that it needs, if any, are reused.
    /// </summary>
    /// <exception cref="BadInputException">experiment.json is damaged, or nothing in it is of this experiment.</exception>
    public static EarlierResults Read(PreparedExperiment experiment, ExperimentFolder folder)
    {
        if (!File.Exists(folder.Json))
            return Nothing;

        try
        {
            var text = JsonText.Of(UserFile.ReadText(folder.Json, BytesMax));
            text.RefuseHalves(folder.Json, path => FieldsRead.Any(field => path.StartsWith(field, StringComparison.Ordinal)));
            var json = JsonNode.Parse(text.Text)!.AsObject();
            var done = json["runs"]!.AsArray().Select(r => r!.AsObject()).Where(r => (string?)r["status"] == "done")
                .ToDictionary(r => (string)r["name"]!);
            foreach (var run in done.Values) ResultJson.ThrowIfFormer(run, folder.Json);
            var records = EventReader.Of(folder.Events);
            var taken = Taken(experiment, folder, done, records);
            var begun = experiment.Runs.Where(r => !done.ContainsKey(r.Settings.Name) && IsOf(experiment, r, records))
                .ToDictionary(r => r.Settings.Name, r => records[r.Settings.Name]);
            var known = done.Keys.Union(records.Where(r => r.Value is { Identity: not null, Iterations: > 0 }).Select(r => r.Key)).ToList();
            var differences = Compare(experiment, done, records);
            CheckIsOf(experiment, folder, done, known, begun, differences);
            foreach (var orphan in experiment.Runs.Where(r => !r.Settings.Needs.All(taken.ContainsKey)))
                begun.Remove(orphan.Settings.Name);

            var sameVersions = JsonNode.DeepEquals(json["versions"], SettingsJson.Reread(ExperimentJson.VersionsOf()));
            var sameProgram = taken.Values.All(r => r.Program == Versions.Program);
            return new EarlierResults(
                taken, DateTimeOffset.Parse((string)json["began"]!, null), taken.Count + begun.Count > 0 && !(sameVersions && sameProgram),
                [.. known.Where(name => !taken.ContainsKey(name) && !begun.ContainsKey(name))])
            {
                Begun = begun,
                Differences = differences,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw new BadInputException($"--resume: expected an experiment's results, found {folder.Json} damaged: {OneLine.Of(e.Message, 200)}", e);
        }
    }

    /// <summary>A mistyped setting must not discard finished results.</summary>
    private static void CheckIsOf(
        PreparedExperiment experiment, ExperimentFolder folder, Dictionary<string, JsonObject> done, List<string> known,
        Dictionary<string, RunRecord> begun, Dictionary<string, string> differences)
    {
        if (known.Count > 0 && begun.Count == 0 && !experiment.Runs.Any(r => done.TryGetValue(r.Settings.Name, out var d) && IsOf(r, d)))
        {
            var first = experiment.Runs.Select(r => r.Settings.Name).FirstOrDefault(differences.ContainsKey);
            var which = first is null ? "" : $": {first} with {differences[first]}";
            throw new BadInputException(
                $"--resume: expected runs of this experiment in {folder.Root}, found {known.Count} with other settings, text or weights{which} "
                + "(another --out starts from scratch)");
        }

        var others = known.Where(name => experiment.Runs.All(r => r.Settings.Name != name)).ToList();
        if (others.Count > 0)
        {
            throw new BadInputException(
                $"--resume: expected only runs of this experiment in {folder.Root}, found also {others[0]}"
                + $"{(others.Count > 1 ? $" and {others.Count - 1} more" : "")}, which would be lost (another --out starts from scratch)");
        }
    }

    private static Dictionary<string, RunResult> Taken(
        PreparedExperiment experiment, ExperimentFolder folder, Dictionary<string, JsonObject> done, IReadOnlyDictionary<string, RunRecord> records)
    {
        var taken = new Dictionary<string, RunResult>();
        foreach (var prepared in experiment.Runs)
        {
            var run = prepared.Settings;
            if (!run.Needs.All(taken.ContainsKey) || !done.TryGetValue(run.Name, out var json) || !IsOf(prepared, json))
                continue;

            var result = ResultJson.Read(run, json, records.GetValueOrDefault(run.Name) ?? new RunRecord(), folder);
            if (result.Losses.Count == result.Iterations)
                taken[run.Name] = result;
        }

        while (experiment.Runs.FirstOrDefault(r => IsNeededAndLost(r, experiment, taken, folder)) is { } lost)
            Forget(lost.Settings.Name, experiment, taken);

        return taken;
    }

    private static bool IsOf(PreparedRun prepared, JsonObject json) =>
        RunIdentity.Differences(prepared, json).Count == 0;

    private static Dictionary<string, string> Compare(
        PreparedExperiment experiment, Dictionary<string, JsonObject> done, IReadOnlyDictionary<string, RunRecord> records)
    {
        var all = new Dictionary<string, string>();
        foreach (var run in experiment.Runs)
        {
            var name = run.Settings.Name;
            if ((done.GetValueOrDefault(name) ?? records.GetValueOrDefault(name)?.Content) is not { } recorded) continue;
            var found = RunIdentity.Differences(run, recorded);
            if (found.Count == 0) continue;
            var more = found.Count > DifferencesShown ? $"; and {found.Count - DifferencesShown} more" : "";
            all[name] = string.Join("; ", found.Take(DifferencesShown)) + more;
        }

        return all;
    }

    private static bool IsOf(PreparedExperiment experiment, PreparedRun prepared, IReadOnlyDictionary<string, RunRecord> records) =>
        records.TryGetValue(prepared.Settings.Name, out var record) && record.Identity == RunIdentity.Of(experiment, prepared);

    private static bool IsNeededAndLost(
        PreparedRun run, PreparedExperiment experiment, Dictionary<string, RunResult> taken, ExperimentFolder folder)
    {
        if (!taken.TryGetValue(run.Settings.Name, out var result))
            return false;

        var needed = experiment.Runs.Any(r => IsNeeded(run.Settings.Name, r.Settings, experiment) && !taken.ContainsKey(r.Settings.Name));
        return needed && !StoredWeights.Are(run, result, folder);
    }

    // To know what another run changed takes the weights that it started with as well.
    private static bool IsNeeded(string name, RunSettings by, PreparedExperiment experiment) => by.Needs.Contains(name)
        || experiment.Runs.Any(other => by.Attack.OtherRuns.Contains(other.Settings.Name) && other.Settings.From == name);

    private static void Forget(string name, PreparedExperiment experiment, Dictionary<string, RunResult> taken)
    {
        taken.Remove(name);
        foreach (var child in experiment.Runs.Where(r => r.Settings.Needs.Contains(name) && taken.ContainsKey(r.Settings.Name)))
            Forget(child.Settings.Name, experiment, taken);
    }
}
