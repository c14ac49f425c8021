using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// What decides a run's numbers: two runs of the same identity end with the same weights, so that one may resume from the
/// other's checkpoint.
/// </summary>
internal static class RunIdentity
{
    private const int Digits = 16;

    // Time-outs, and which files are kept, decide no bit; nor does recomputation, where a run that diverges ends, nor what fails in a simulation.
    private static readonly string[] SectionsApart = ["output", "cluster", "recovery", "checkpoint", "scenario", "simulation"];

    private static readonly string[] SettingsApart =
    [
        "pipeline.wait-report", "pipeline.give-up-after", "pipeline.placement", "training.recompute", "training.stop-when-not-finite",
    ];

    /// <summary>The setting that, next to all of <c>data</c>, decides nothing but <see cref="RunInputs.Tokens"/>.</summary>
    public const string Tokenizer = "model.tokenizer";

    /// <summary>Settings that decide nothing but <see cref="RunInputs.Model"/> and <see cref="RunInputs.Weights"/>.</summary>
    public static IReadOnlyList<string> OfModel { get; } = ["model.path", "model.preset", "model.layers"];

    /// <summary>The setting that decides nothing but <see cref="RunInputs.Prompts"/>.</summary>
    public const string Prompts = "evaluation.prompts";

    /// <summary>The identity of a run that was prepared with its text: its settings', its inputs' and its parent's.</summary>
    public static string Of(PreparedExperiment experiment, PreparedRun run)
    {
        var content = Content(run);
        content["settings"] = Without(OfInputs(run), content["settings"]!.AsObject());
        content["from"] = run.Settings.From is { } parent ? Other(parent) : null;
        if (run.Settings.Attack.OtherRuns.ToList() is { Count: > 0 } others)
            content["of"] = new JsonArray([.. others.Select(name => JsonValue.Create(Other(name)))]);
        return Digest(content)[..Digits];

        string Other(string name) => Of(experiment, experiment.Runs.First(r => r.Settings.Name == name));
    }

    /// <summary>
    /// What decides a run's numbers, and the settings that its inputs come from; the run that it starts from by its name only.
    /// </summary>
    public static JsonObject Content(PreparedRun run) => new()
    {
        ["from"] = run.Settings.From,
        ["settings"] = Deciding(run.Settings, Written(run.Settings)),
        ["inputs"] = ExperimentJson.Of(run.Inputs),
    };

    /// <summary>
    /// What all nodes that run an experiment together must share: every setting of every run but those that only say where its inputs
    /// come from, the inputs, and the program.
    /// </summary>
    public static string OfExperiment(PreparedExperiment experiment) => Digest(new JsonObject
    {
        ["program"] = Versions.Program,
        ["runs"] = new JsonArray(
        [
            .. experiment.Runs.Select(run => new JsonObject
            {
                ["name"] = run.Settings.Name,
                ["from"] = run.Settings.From,
                ["settings"] = Without(OfInputs(run), Written(run.Settings)),
                ["inputs"] = ExperimentJson.Of(run.Inputs),
            }),
        ]),
    });

    /// <summary>A run's settings, and its plugged-in parts that no setting names.</summary>
    public static JsonObject Written(RunSettings run)
    {
        var settings = SettingsJson.Of(run.Effective);
        if (run.PluggedIn.Length > 0) settings["plugged-in"] = run.PluggedIn;
        return settings;
    }

    /// <summary>What would give other numbers now than what is recorded: settings and inputs with the former and the present value.</summary>
    /// <param name="run">The run.</param>
    /// <param name="recorded">Its former <see cref="Content"/>, or an object with more settings.</param>
    public static IReadOnlyList<string> Differences(PreparedRun run, JsonObject recorded)
    {
        var now = SettingsJson.Reread(Content(run)).AsObject();
        var settings = Deciding(run.Settings, recorded["settings"]!.DeepClone().AsObject());
        var (inputs, present) = (recorded["inputs"]?.AsObject(), now["inputs"]?.AsObject());
        return
        [
            .. JsonDifference.Of("from", recorded["from"], now["from"]),
            .. JsonDifference.Of("", Without(OfInputs(run), Copy(settings)), Without(OfInputs(run), Copy(now["settings"]!))),
            .. InputDifferences.Of(settings, inputs, now["settings"]!.AsObject(), present),
        ];
    }

    /// <summary>A run's settings with those values of an earlier result that decide no number.</summary>
    public static RunSettings AsRecorded(RunSettings run, JsonNode recorded)
    {
        var now = SettingsJson.Of(run.Effective);
        var effective = run.Effective;
        foreach (var path in Apart(run).Concat(AllOfInputs(now)))
        {
            if (SettingsJson.At(recorded, path) is { } then && !JsonNode.DeepEquals(then, SettingsJson.Reread(SettingsJson.At(now, path)!)))
                effective = effective.With(path, new SettingText(then.ToString(), new Origin("experiment.json")));
        }

        if (ReferenceEquals(effective, run.Effective)) return run;
        var read = ExperimentSettings.Read(run.Name, run.From, effective);
        if (run.PluggedIn.Length == 0) return read;
        // Plugged-in parts are in no setting.
        return read with
        {
            Defence = read.Defence with { Rule = run.Defence.Rule, Detector = run.Defence.Detector },
            Pipeline = read.Pipeline with { Schedule = run.Pipeline.Schedule },
        };
    }

    private static JsonObject Deciding(RunSettings run, JsonObject settings)
    {
        foreach (var section in SectionsApart)
            settings.Remove(section);

        return Without(Apart(run), settings);
    }

    private static JsonObject Without(IEnumerable<string> paths, JsonObject settings)
    {
        foreach (var path in paths.Select(p => p.Split('.')))
            settings[path[0]]?.AsObject().Remove(path[1]);

        return settings;
    }

    private static JsonObject Copy(JsonNode settings) => settings.DeepClone().AsObject();

    // A run that was prepared without its text has no fingerprints, so that its settings decide.
    private static IEnumerable<string> OfInputs(PreparedRun run) => run.Inputs is null ? [] : AllOfInputs(SettingsJson.Of(run.Settings.Effective));

    private static IEnumerable<string> AllOfInputs(JsonObject settings) =>
        [.. OfModel, Tokenizer, Prompts, .. settings["data"]!.AsObject().Select(item => $"data.{item.Key}")];

    // The cut decides nothing, but where a stage's own norm is clipped, only some blocks are stepped, or stages are drawn to attack or to be accused.
    private static string[] Apart(RunSettings run) =>
        run.Training is { Clip: ClipScope.Global, Blocks.Count: 0 } && !run.Attack.HasEntries ? [.. SettingsApart, "pipeline.stages"] : SettingsApart;

    private static string Digest(JsonNode tree)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(Sorted(tree)!.ToJsonString());
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }

    // Independent of the order in the file.
    private static JsonNode? Sorted(JsonNode? tree) => tree switch
    {
        JsonObject section => new JsonObject(section.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => KeyValuePair.Create(i.Key, Sorted(i.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => tree?.DeepClone(),
    };
}
