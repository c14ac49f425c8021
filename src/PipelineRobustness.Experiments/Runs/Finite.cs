using System.Text.Json.Nodes;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Numbers in JSON, which knows neither NaN nor infinity: those become null.</summary>
internal static class Finite
{
    /// <summary>The number, or null.</summary>
    public static JsonNode? Of(double? number) => number is { } value && double.IsFinite(value) ? JsonValue.Create(value) : null;
}
