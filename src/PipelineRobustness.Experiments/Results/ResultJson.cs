using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Results;

/// <summary>A run's result, read back from its entry in <c>experiment.json</c> and its lines in <c>events.jsonl</c>.</summary>
internal static class ResultJson
{
    /// <summary>The result of a run that is done.</summary>
    public static RunResult Read(RunSettings run, JsonObject json, RunRecord record, ExperimentFolder folder) => new()
    {
        Settings = RunIdentity.AsWorked(run, json["settings"]!),
        Status = RunStatus.Done,
        Reason = (string?)json["reason"],
        Iterations = (long)json["iterations"]!,
        EvaluationLoss = (double?)json["evaluationLoss"] ?? ((bool)json["diverged"]! ? double.NaN : null),
        Tally = new VerdictTally((long)json["attacks"]!, (long?)json["detected"] ?? 0, (long)json["falseVerdicts"]!),
        Attempts = (long)json["attempts"]!,
        Repeats = (long)json["repeats"]!,
        Disagreements = (long)json["disagreements"]!,
        Skipped = (long)json["skipped"]!,
        Frozen = (long)json["frozen"]!,
        Recoveries = (long?)json["recoveries"] ?? 0,
        NotFinite = json["notFinite"] is JsonObject found ? EventLine.ReadNotFinite(found) : null,
        TrainingTime = TimeSpan.FromMilliseconds(Math.Round((double)json["trainingSeconds"]! * 1000)),
        Inputs = json["inputs"] is JsonObject inputs
            ? new RunInputs((string)inputs["tokens"]!, (string?)inputs["weights"], (string)inputs["model"]!) : null,
        Program = (string)json["program"]!,
        PeakMemory = (long?)json["peakMemoryBytes"],
        PeakIsOfRun = (string?)json["peakMemoryOf"] == "run",
        PlannedMemory = (long?)json["plannedMemoryBytes"],
        WeightsSha256 = (string?)json["weightsSha256"],
        StateSha256 = (string?)json["stateSha256"],
        ModelFolder = (string?)json["modelFolder"] is { } model && Directory.Exists(folder.Full(model)) ? model : null,
        WindowsUsed = (long)json["windowsUsed"]!,
        Losses = record.Losses,
        Evaluations = record.Evaluations,
    };
}
