using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>In what a run's inputs differ, in the words of its settings and of its model's shape.</summary>
internal static class InputDifferences
{
    private const int DigitsShown = 12;

    /// <summary>Each difference with both values; settings that inputs come from only where the inputs differ.</summary>
    /// <param name="before">The former settings.</param>
    /// <param name="then">The former <see cref="RunInputs"/>; null for none.</param>
    /// <param name="after">The present settings.</param>
    /// <param name="now">The present inputs; null for none.</param>
    public static IEnumerable<string> Of(JsonObject before, JsonObject? then, JsonObject after, JsonObject? now)
    {
        if (!JsonNode.DeepEquals(then?["tokens"], now?["tokens"]))
        {
            foreach (var line in Settings("data", before, after).Concat(Settings(RunIdentity.Tokenizer, before, after))) yield return line;
            yield return Digits("the text's tokens", then?["tokens"], now?["tokens"]);
        }

        if (!JsonNode.DeepEquals(then?["prompts"], now?["prompts"]))
        {
            foreach (var line in Settings(RunIdentity.Prompts, before, after)) yield return line;
            yield return Digits("the prompts", then?["prompts"], now?["prompts"]);
        }

        var model = JsonDifference.Of("", then?["model"], now?["model"]).ToList();
        var weights = !JsonNode.DeepEquals(then?["weights"], now?["weights"]);
        if (model.Count > 0 || weights)
        {
            foreach (var name in RunIdentity.OfModel)
                foreach (var line in Settings(name, before, after)) yield return line;
        }

        foreach (var line in model) yield return $"model's {line}";
        if (weights) yield return Digits("the model's weights", then?["weights"], now?["weights"]);
    }

    private static IEnumerable<string> Settings(string path, JsonObject before, JsonObject after) =>
        JsonDifference.Of(path, SettingsJson.At(before, path), SettingsJson.At(after, path));

    private static string Digits(string what, JsonNode? then, JsonNode? now) => $"{what} = {First(then)}, now {First(now)}";

    private static string First(JsonNode? digest) => (string?)digest is { } text ? text[..Math.Min(DigitsShown, text.Length)] : "none";
}
