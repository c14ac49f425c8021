using System.Globalization;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The key by which audits were drawn, as 16 hex digits: JSON's numbers are not all of it.</summary>
internal static class AuditKeyText
{
    /// <summary>A key's text; null for none.</summary>
    public static string? Of(ulong? key) => key?.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The key of a text; null for none.</summary>
    public static ulong? Read(JsonNode? text) =>
        (string?)text is { } digits ? ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : null;
}
