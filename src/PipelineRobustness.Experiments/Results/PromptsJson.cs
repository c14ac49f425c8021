using System.Text.Json.Nodes;
using PipelineRobustness.Models.Text.Prompts;

namespace PipelineRobustness.Experiments.Results;

/// <summary>The shares of a run's prompts in <c>experiment.json</c>.</summary>
internal static class PromptsJson
{
    /// <summary>Set by set.</summary>
    public static JsonArray Of(IEnumerable<PromptShare> shares) => new(
    [
        .. shares.Select(share => new JsonObject
        {
            ["set"] = share.Set,
            ["expected"] = share.Expected,
            ["prompts"] = share.Count,
            ["share"] = share.Share,
        }),
    ]);

    /// <summary>The same, read back.</summary>
    public static IReadOnlyList<PromptShare> Read(JsonNode? json) =>
        [.. (json as JsonArray ?? []).Select(set => new PromptShare((string)set!["set"]!, (int)set["expected"]!, (int)set["prompts"]!))];
}
