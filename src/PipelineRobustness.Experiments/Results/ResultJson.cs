using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Results;

/// <summary>A run's result, read back from its entry in <c>experiment.json</c> and its lines in <c>events.jsonl</c>.</summary>
internal static class ResultJson
{
    /// <summary>Refuses names that fields, settings and their values had in an earlier version: the runs would only seem to be others.</summary>
    /// <exception cref="BadInputException">It has one; the message says what it is called now.</exception>
    public static void ThrowIfFormer(JsonObject json, string file)
    {
        foreach (var (name, _) in json)
            if (FormerNames.Field(name) is { } now) throw Former($"unknown field {name}; it is called {now} now");

        foreach (var (path, value) in Leaves(json["settings"], ""))
        {
            if (FormerNames.Setting(path) is { } now) throw Former($"unknown setting {path}; it is called {now} now");
            if (FormerNames.Value(path, value) is { } word) throw Former($"{path}: unknown value {value}; it is called {word} now");
        }

        BadInputException Former(string what) => new($"--resume: {file}: {what}");
    }

    /// <summary>The result of a run that is done.</summary>
    public static RunResult Read(RunSettings run, JsonObject json, RunRecord record, ExperimentFolder folder) => new()
    {
        Settings = RunIdentity.AsRecorded(run, json["settings"]!),
        Status = RunStatus.Done,
        Reason = (string?)json["reason"],
        Iterations = (long)json["iterations"]!,
        EvaluationLoss = (double?)json["evaluationLoss"] ?? ((bool)json["diverged"]! ? double.NaN : null),
        Tally = new VerdictTally((long)json["attacks"]!, (long?)json["detected"] ?? 0, (long)json["falseVerdicts"]!),
        Refereed = json["rulings"] is JsonArray rulings ? Referee(json, rulings) : null,
        Attempts = (long)json["attempts"]!,
        Repeats = (long)json["repeats"]!,
        Disagreements = (long)json["disagreements"]!,
        Skipped = (long)json["skipped"]!,
        Frozen = (long)json["frozen"]!,
        Recoveries = (long?)json["recoveries"] ?? 0,
        NotFinite = json["notFinite"] is JsonObject found ? EventLine.ReadNotFinite(found) : null,
        TrainingTime = TimeSpan.FromMilliseconds(Math.Round((double)json["trainingSeconds"]! * 1000)),
        Inputs = json["inputs"] is JsonObject inputs
            ? new RunInputs((string)inputs["tokens"]!, (string?)inputs["weights"], inputs["model"]!.ToJsonString(), (string?)inputs["prompts"]) : null,
        Program = (string)json["program"]!,
        PeakMemory = (long?)json["peakMemoryBytes"],
        PeakIsOfRun = (string?)json["peakMemoryOf"] == "run",
        PlannedMemory = (long?)json["plannedMemoryBytes"],
        WeightsSha256 = (string?)json["weightsSha256"],
        StateSha256 = (string?)json["stateSha256"],
        ModelFolder = (string?)json["modelFolder"] is { } model && Directory.Exists(folder.Full(model)) ? model : null,
        SavingNotes = [.. (json["notSaved"] as JsonArray ?? []).Select(note => (string)note!)],
        Prompts = PromptsJson.Read(json["prompts"]),
        WindowsUsed = (long)json["windowsUsed"]!,
        Losses = record.Losses,
        Evaluations = record.Evaluations,
    };

    private static RefereeResult Referee(JsonObject json, JsonArray rulings) => new(
        new ConvictionTally(
            (long)json["attacks"]!, (long)json["detected"]!, (long)json["averted"]!, (long)json["missed"]!, (long)json["falseConvictions"]!,
            (long)json["hearings"]!, (long)json["relayed"]!),
        [.. rulings.Select(ruling => RulingLine.Read(ruling!.AsObject()))],
        [.. json["quarantined"]!.AsArray().Select(name => (string)name!)],
        new AuditCount((long?)json["audited"] ?? 0, (long?)json["auditedSteps"] ?? 0),
        new FindingCount((long?)json["findings"] ?? 0, (long?)json["falseFindings"] ?? 0));

    // The entries of a list have the path of the list.
    private static IEnumerable<(string Path, string Value)> Leaves(JsonNode? node, string path) => node switch
    {
        JsonObject section => section.SelectMany(item => Leaves(item.Value, path.Length == 0 ? item.Key : $"{path}.{item.Key}")),
        JsonArray list => list.SelectMany(entry => Leaves(entry, path)),
        null => [],
        _ => [(path, node.ToString())],
    };
}
