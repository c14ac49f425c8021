using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Results;

/// <summary>In what two trees of JSON differ.</summary>
internal static class JsonDifference
{
    private const int ValueCharacters = 60;

    /// <summary>Each value that differs, such as <c>training.warm-up = 10, now 20</c>.</summary>
    /// <param name="path">The trees' own path; empty for none.</param>
    /// <param name="then">The former tree; null for none.</param>
    /// <param name="now">The present tree; null for none.</param>
    public static IEnumerable<string> Of(string path, JsonNode? then, JsonNode? now)
    {
        if (JsonNode.DeepEquals(then, now)) return [];
        if (then is not JsonObject before || now is not JsonObject after) return [$"{path} = {Text(then)}, now {Text(now)}"];
        return before.Select(item => item.Key).Union(after.Select(item => item.Key))
            .SelectMany(name => Of(path.Length == 0 ? name : $"{path}.{name}", before[name], after[name]));
    }

    private static string Text(JsonNode? value) => value is null ? "none"
        : OneLine.Of(value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString(), ValueCharacters);
}
