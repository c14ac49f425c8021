using System.Text;
using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary><c>simulation.json</c>: what <c>simulate FILE.conf</c> prints, and the times of every iteration. Scripts rely on its names.</summary>
public static class SimulationJson
{
    private const string FileName = "simulation.json";

    /// <summary>Writes the file into a folder and returns its path.</summary>
    /// <exception cref="NotSavedException">The folder cannot be written to.</exception>
    public static string Write(string folder, ExperimentSettings settings, IReadOnlyList<ScenarioResult> results)
    {
        var path = Path.Combine(folder, FileName);
        var text = ExperimentJson.Text(Of(settings, results));
        return NotSavedException.Try(path, () =>
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));
            return path;
        });
    }

    /// <summary>The file as a tree. Times are in seconds of virtual time.</summary>
    public static JsonObject Of(ExperimentSettings settings, IReadOnlyList<ScenarioResult> results)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(results);
        return new JsonObject
        {
            ["experiment"] = settings.Title,
            ["seed"] = settings.Seed,
            ["versions"] = ExperimentJson.VersionsOf(),
            ["settings"] = SettingsJson.Of(settings.Base.Without("cluster")),
            ["complete"] = results.Count == settings.Runs.Count,
            ["runs"] = new JsonArray([.. results.Select(Of)]),
        };
    }

    private static JsonObject Of(ScenarioResult result) => new()
    {
        ["name"] = result.Run,
        ["scenario"] = result.Scenario,
        ["network"] = result.On.Network,
        ["nodes"] = result.On.Nodes,
        ["flopsPerSecond"] = result.On.FlopsPerSecond,
        ["verdict"] = result.Verdict.ToString().ToLowerInvariant(),
        ["why"] = result.Why,
        ["bubbleClosedForm"] = result.ByFormula.Share,
        ["undisturbed"] = Of(result.Undisturbed),
        ["played"] = Of(result.WithScenario),
        ["recoveries"] = new JsonArray([.. result.Recoveries.Select(Of)]),
        ["checkpointTroubles"] = new JsonArray([.. result.Errors.Select(error => JsonValue.Create(error))]),
        ["events"] = new JsonArray([.. result.Counts.Select(Of)]),
        ["strikes"] = new JsonArray([.. result.Costs.Select(Of)]),
    };

    private static JsonObject Of(RunTimeline timeline) => new()
    {
        ["seconds"] = timeline.Elapsed.TotalSeconds,
        ["iterations"] = timeline.Iterations,
        ["iterationSeconds"] = new JsonArray([.. timeline.IterationTimes.Select(time => JsonValue.Create(time.TotalSeconds))]),
        ["iterationMeanSeconds"] = timeline.Mean?.TotalSeconds,
        ["iterationMedianSeconds"] = timeline.Median?.TotalSeconds,
        ["iterationWorstSeconds"] = timeline.Worst?.TotalSeconds,
        ["bubble"] = timeline.Bubble,
        ["tokensPerSecond"] = timeline.TokensPerSecond,
        ["bytesMoved"] = timeline.BytesMoved,
        ["stages"] = new JsonArray([.. timeline.Stages.Zip(timeline.Shares, (time, shares) => Of(time, shares.Computed))]),
    };

    private static JsonObject Of(StageTime stage, double utilisation) => new()
    {
        ["ownSeconds"] = stage.Own.TotalSeconds,
        ["copiesSeconds"] = stage.Copies.TotalSeconds,
        ["lostSeconds"] = stage.Lost.TotalSeconds,
        ["utilisation"] = utilisation,
    };

    private static JsonObject Of(Recovery recovery) => new()
    {
        ["reason"] = recovery.Reason,
        ["atSeconds"] = recovery.At.TotalSeconds,
        ["seconds"] = recovery.Took.TotalSeconds,
        ["isMove"] = recovery.IsMove,
        ["fellBackTo"] = recovery.FellBackTo,
    };

    private static JsonObject Of(EventCount count) => new()
    {
        ["event"] = count.Event,
        ["where"] = count.Where,
        ["mustStrike"] = count.MustHappen,
        ["struck"] = count.Times,
    };

    private static JsonObject Of(InjectionCost cost) => new()
    {
        ["event"] = cost.Event,
        ["atSeconds"] = cost.At.TotalSeconds,
        ["machine"] = cost.Machine,
        ["iteration"] = cost.Iteration,
        ["lostSeconds"] = cost.Lost.TotalSeconds,
    };
}
