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

            using var record = Parse(file, number, line, out var json);
            return [.. record.RootElement.EnumerateObject().Select(property => json.Shown(property.Name))];
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
        using var record = Parse(file, number, line, out var json);
        // Of several, the last, as in Python. What stands for half a pair is no name that the user knows.
        if (json.HasHalf(field) || !record.RootElement.TryGetProperty(field, out var value))
            throw new BadInputException($"{file.Path}: line {number}: expected a field {field} (data.field), found none of that name");
        var text = value.ValueKind is JsonValueKind.Null or JsonValueKind.String
            ? value.GetString() ?? ""
            : throw new BadInputException($"{file.Path}: line {number}: {field}: expected a text, found {Kind(value)}");
        return json.HasHalf(text)
            ? throw new BadInputException($"{file.Path}: line {number}: {field}: expected Unicode, found half a surrogate pair")
            : text;
    }

    // pandas writes a missing value as NaN.
    private static JsonDocument Parse(SourceFile file, int number, string line, out JsonText json)
    {
        JsonDocument record;
        try
        {
            json = JsonText.Of(line);
            record = JsonDocument.Parse(json.Text, Deep);
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
