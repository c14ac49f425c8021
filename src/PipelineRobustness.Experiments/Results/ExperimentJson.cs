using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Results;

/// <summary><c>experiment.json</c>. Scripts rely on its names.</summary>
public static class ExperimentJson
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text.</summary>
    public static string Text(ExperimentResult experiment) => Text(Of(experiment));

    /// <summary>The file as a tree.</summary>
    public static JsonObject Of(ExperimentResult experiment) => new()
    {
        ["experiment"] = experiment.Settings.Title,
        ["status"] = experiment.Status,
        ["seed"] = experiment.Settings.Seed,
        ["intraOpThreads"] = IntraOpThreads(experiment),
        ["command"] = experiment.Command,
        ["began"] = experiment.Began.ToString("O"),
        ["versions"] = VersionsOf(),
        ["settings"] = SettingsJson.Of(experiment.Settings.Base.Without("cluster")),
        ["runs"] = new JsonArray([.. experiment.Runs.Select(r => Of(experiment, r))]),
    };

    /// <summary>A file's text, for people as well.</summary>
    internal static string Text(JsonObject json) => json.ToJsonString(Indented) + "\n";

    /// <summary>How many runs a file lists as done, and whether those are all; 0 where it cannot be read.</summary>
    internal static (int Done, bool Finished) Standing(string path)
    {
        try
        {
            var json = File.Exists(path) ? JsonNode.Parse(JsonText.Of(File.ReadAllText(path)).Text) : null;
            var done = json?["runs"]?.AsArray().Count(r => (string?)r?["status"] == "done") ?? 0;
            return (done, (string?)json?["status"] == "done");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (0, true);
        }
    }

    /// <summary>The versions that produce numbers now.</summary>
    internal static JsonObject VersionsOf() => new([.. Versions.All.Select(v => KeyValuePair.Create(v.Name, (JsonNode?)v.Version))]);

    private static JsonObject Of(ExperimentResult experiment, RunResult run)
    {
        var json = OfAny(experiment, run);
        if (run.Prompts.Count > 0) json["prompts"] = PromptsJson.Of(run.Prompts);
        if (run.Refereed is not var (tally, rulings, quarantined, audits, findings)) return json;
        json["averted"] = tally.Averted;
        json["missed"] = tally.Missed;
        json["falseConvictions"] = tally.FalseConvictions;
        json["hearings"] = tally.Hearings;
        json["relayed"] = tally.Relayed;
        json["audited"] = audits.Parts;
        json["auditedSteps"] = audits.Steps;
        json["findings"] = findings.All;
        json["falseFindings"] = findings.False;
        json["quarantined"] = new JsonArray([.. quarantined.Select(name => (JsonNode)name)]);
        json["rulings"] = new JsonArray([.. rulings.Select(RulingLine.Of)]);
        return json;
    }

    private static JsonObject OfAny(ExperimentResult experiment, RunResult run) => new()
    {
        ["name"] = run.Settings.Name,
        ["from"] = run.Settings.From,
        ["status"] = run.StatusName,
        ["reason"] = run.Reason,
        ["iterations"] = run.Iterations,
        ["evaluationLoss"] = Finite.Of(run.EvaluationLoss),
        ["perplexity"] = Finite.Of(run.Perplexity),
        ["perplexityRatio"] = Finite.Of(experiment.PerplexityRatio(run)),
        ["diverged"] = run.Diverged,
        ["notFinite"] = Of(run.NotFinite),
        ["attacks"] = run.Tally.Attacks,
        ["detected"] = run.Detected,
        ["falseVerdicts"] = run.Tally.FalseVerdicts,
        ["attempts"] = run.Attempts,
        ["repeats"] = run.Repeats,
        ["disagreements"] = run.Disagreements,
        ["skipped"] = run.Skipped,
        ["frozen"] = run.Frozen,
        ["recoveries"] = run.Recoveries,
        ["trainingSeconds"] = Math.Round(run.TrainingTime.TotalSeconds, 3),
        ["tokensPerSecond"] = Finite.Of(run.TokensPerSecond),
        ["peakMemoryBytes"] = run.PeakMemory,
        ["peakMemoryOf"] = run.PeakMemory is null ? null : run.PeakIsOfRun ? "run" : "process",
        ["plannedMemoryBytes"] = run.PlannedMemory,
        ["peakOverPlannedMemory"] = Finite.Of(run.MemoryRatio),
        ["program"] = run.Program,
        ["inputs"] = Of(run.Inputs),
        ["weightsSha256"] = run.WeightsSha256,
        ["stateSha256"] = run.StateSha256,
        ["equalsClean"] = experiment.EqualsClean(run),
        ["boughtBack"] = Finite.Of(experiment.Recovered(run)),
        ["modelFolder"] = run.ModelFolder,
        ["notSaved"] = new JsonArray([.. run.SavingNotes.Select(note => JsonValue.Create(note))]),
        ["windowsUsed"] = run.WindowsUsed,
        ["seed"] = run.Settings.Seed,
        ["intraOpThreads"] = run.Settings.Pipeline.IntraOpThreads,
        ["settings"] = RunIdentity.Written(run.Settings),
    };

    private static JsonObject? Of(NumberNotFinite? found)
    {
        if (found is null) return null;
        var json = EventLine.Of(found);
        json.Remove("event");
        return json;
    }

    internal static JsonObject? Of(RunInputs? inputs)
    {
        if (inputs is null) return null;
        var json = new JsonObject { ["tokens"] = inputs.Tokens, ["weights"] = inputs.Weights, ["model"] = JsonNode.Parse(inputs.Model) };
        if (inputs.Prompts is { } prompts) json["prompts"] = prompts;
        return json;
    }

    private static JsonNode? IntraOpThreads(ExperimentResult experiment) =>
        SettingsJson.Of(experiment.Settings.Base)["pipeline"]?["intra-op-threads"]?.DeepClone();
}
