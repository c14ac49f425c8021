using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>A short description of a JSON syntax error; the exceptions' own messages are long and quote the input.</summary>
public static class JsonErrors
{
    /// <summary>The position, counted from 1, if it is known.</summary>
    public static string Of(JsonException error) => error is { LineNumber: { } line, BytePositionInLine: { } column }
        ? FormattableString.Invariant($"an error in line {line + 1}, byte {column + 1}")
        : "an error, such as a duplicate name";
}
