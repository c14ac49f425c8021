using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>Where JSON is none, in words: the reader's own messages are long and repeat what they found.</summary>
public static class JsonErrors
{
    /// <summary>The place, counted from 1, as far as it is known.</summary>
    public static string Of(JsonException fault) => fault is { LineNumber: { } line, BytePositionInLine: { } column }
        ? FormattableString.Invariant($"a fault in line {line + 1}, byte {column + 1}")
        : "a fault, such as a name that stands twice";
}
