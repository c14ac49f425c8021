using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>A value in a JSON file that a user gave, and where it stands there, to name it.</summary>
internal readonly record struct JsonPlace(JsonElement Value, string File, string Path = "")
{
    private const int ShownCharacters = 60;

    private string Where => Path.Length == 0 ? File : $"{File}: {Path}";

    /// <summary>A file whose JSON is an object.</summary>
    /// <exception cref="BadInputException">Unreadable, too large or anything else.</exception>
    public static JsonPlace OfFile(string path, string text)
    {
        try
        {
            // The element outlives its document: nothing is pooled that would be returned.
            using var document = JsonDocument.Parse(text);
            var root = new JsonPlace(document.RootElement.Clone(), path);
            return root.Value.ValueKind == JsonValueKind.Object ? root : throw root.Bad("an object");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}: expected JSON, found {JsonErrors.Of(e)}", e);
        }
    }

    /// <summary>A field of an object; null where it is absent or null.</summary>
    public JsonPlace? Field(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Bad("an object");
        return Value.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null ? Below(field, name) : null;
    }

    /// <summary>An object's fields, in the file's order.</summary>
    public IEnumerable<(string Name, JsonPlace Place)> Fields()
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Bad("an object");
        foreach (var field in Value.EnumerateObject())
            yield return (NameOf(field), Below(field.Value, NameOf(field)));
    }

    /// <summary>An array's items.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array) throw Bad("a list");
        foreach (var (index, item) in Value.EnumerateArray().Index())
            yield return new JsonPlace(item, File, $"{Path}[{index}]");
    }

    /// <summary>A string.</summary>
    public string Text()
    {
        try
        {
            return Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Bad("a string");
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{Where}: expected Unicode, found a lone surrogate", e);
        }
    }

    /// <summary>A whole number within bounds.</summary>
    public int Integer(int least, int most) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Bad($"a whole number from {least} to {most}");

    /// <summary>true or false.</summary>
    public bool Flag() => Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Bad("true or false");

    /// <summary>A field that may only be absent, null, false, zero, or an empty string.</summary>
    /// <exception cref="BadInputException">It is something else.</exception>
    public void MustBeUnset(string name)
    {
        if (Field(name) is { } field && field.Value.GetRawText() is not ("false" or "\"\"" or "0" or "0.0"))
            throw field.Bad("nothing");
    }

    /// <summary>The exception that says what was expected here and shows what was found.</summary>
    public BadInputException Bad(string expected)
    {
        var found = Value.GetRawText();
        return new($"{Where}: expected {expected}, found {(found.Length <= ShownCharacters ? found : found[..ShownCharacters] + "...")}");
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            // A name with a lone surrogate: no text has it.
            return "\uFFFD";
        }
    }

    private JsonPlace Below(JsonElement value, string name) => new(value, File, Path.Length == 0 ? name : $"{Path}.{name}");
}
