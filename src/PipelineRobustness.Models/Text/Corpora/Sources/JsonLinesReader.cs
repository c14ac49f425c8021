using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads one JSON object per line; empty lines are skipped.</summary>
internal sealed class JsonLinesReader : RecordReader
{
    // The default of 64 refuses what Python reads.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 900 };

    public override IReadOnlyList<string> Fields(SourceFile file)
    {
        using var reader = file.OpenText(ReadProgress.None);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;

            using var record = Parse(file, number, line);
            return [.. record.RootElement.EnumerateObject().Select(NameOf)];
        }

        return [];
    }

    public override IEnumerable<string> Documents(SourceFile file, string field, ReadProgress progress)
    {
        using var reader = file.OpenText(progress);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return Document(file, number, line, field);
        }
    }

    private static string Document(SourceFile file, int number, string line, string field)
    {
        using var record = Parse(file, number, line);
        if (Value(record.RootElement, field) is not { } value)
            throw new BadInputException($"{file.Path}: line {number}: expected a field {field} (data.field), found none of that name");

        try
        {
            return value.ValueKind is JsonValueKind.Null or JsonValueKind.String
                ? value.GetString() ?? ""
                : throw new BadInputException($"{file.Path}: line {number}: {field}: expected a text, found {Kind(value)}");
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{file.Path}: line {number}: {field}: expected Unicode, found half a surrogate pair", e);
        }
    }

    /// <summary>The value of a field; of several, the last, as in Python.</summary>
    private static JsonElement? Value(JsonElement record, string field)
    {
        try
        {
            return record.TryGetProperty(field, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // Some other name has a lone surrogate.
            return record.EnumerateObject().Where(property => NameOf(property) == field).Select(property => (JsonElement?)property.Value).LastOrDefault();
        }
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            // A name with a lone surrogate: no text contains it.
            return "\uFFFD";
        }
    }

    private static JsonDocument Parse(SourceFile file, int number, string line)
    {
        JsonDocument record;
        try
        {
            record = JsonDocument.Parse(line, Deep);
        }
        catch (JsonException) when (PythonNumbers.Replaced(line, out var replaced) is var json && replaced.Count > 0)
        {
            // pandas writes a missing value as NaN.
            return Parse(file, number, json);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{file.Path}: line {number}: expected a JSON object, found an error at byte {e.BytePositionInLine + 1}", e);
        }

        if (record.RootElement.ValueKind == JsonValueKind.Object) return record;

        var kind = Kind(record.RootElement);
        record.Dispose();
        throw new BadInputException($"{file.Path}: line {number}: expected a JSON object, found {kind}");
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => value.ValueKind.ToString().ToLowerInvariant(),
    };
}
