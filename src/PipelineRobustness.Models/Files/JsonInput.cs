using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A value in a JSON file given by the user, with its location. A value that is not as expected is reported in one line;
/// a deserializer's own messages would name neither the range nor the value found.
/// </summary>
/// <param name="Value">The value.</param>
/// <param name="File">The file's path, or another name for messages.</param>
/// <param name="Path">Where the value is in the file, such as <c>model.vocab</c>; empty for the root.</param>
/// <param name="Source">The file's text, which knows the strings that are no Unicode; null for a value that was not parsed here.</param>
internal readonly record struct JsonInput(JsonElement Value, string File, string Path = "", JsonText? Source = null)
{
    private const int ShownCharacters = 60;

    private static readonly char[] LineEnds = ['\r', '\n'];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private string Location => Path.Length == 0 ? File : $"{File}: {Path}";

    /// <summary>Parses a file's text, which must be a JSON object without duplicate names.</summary>
    /// <exception cref="BadInputException">It is not.</exception>
    public static JsonInput Parse(string text, string path)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new BadInputException($"{path}: expected JSON, found an empty file");
        try
        {
            var source = JsonText.Of(text);
            // The clone outlives its document and uses no pooled memory.
            using var document = JsonDocument.Parse(source.Text, Strict);
            var root = new JsonInput(document.RootElement.Clone(), path, Source: source);
            return root.Value.ValueKind == JsonValueKind.Object ? root : throw root.Bad("a JSON object");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}: expected JSON, found {JsonErrors.Of(e)}", e);
        }
    }

    /// <summary>A field of an object; null if it is absent or null.</summary>
    public JsonInput? Field(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Bad("an object");
        if (!Value.TryGetProperty(name, out var value)) return null;
        var field = Child(value, name);
        if (field.NotNumber is { } found)
            throw NoValue(File, found);
        return field.IsNull ? null : field;
    }

    /// <summary>An object's fields, in the file's order.</summary>
    public IEnumerable<(string Name, JsonInput Field)> Fields()
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Bad("an object");
        foreach (var field in Value.EnumerateObject())
            yield return (Source?.Restored(field.Name) ?? field.Name, Child(field.Value, field.Name));
    }

    /// <summary>The object, but for the fields with something that no JSON of Unicode can hold.</summary>
    /// <param name="leftOut">A line for each of these.</param>
    public JsonObject Object(out IReadOnlyList<string> leftOut)
    {
        var json = JsonObject.Create(Value) ?? throw Bad("an object");
        var file = File;
        var halves = (Source?.Halves ?? []).Select(half => (Place: half, Text: JsonText.Bad(file, half.Line, half.Path).Message));
        var numbers = (Source?.NotNumbers.Values ?? []).Select(found => (found.Place, Text: NoValue(file, found).Message));
        var lines = new List<string>();
        foreach (var (place, text) in halves.Concat(numbers).OrderBy(trouble => trouble.Place.Line))
            if (json.Remove(place.Field)) lines.Add(text);
        leftOut = lines;
        return json;
    }

    private static BadInputException NoValue(string file, (JsonText.Place Place, string Literal) found) =>
        new($"{file}:{found.Place.Line}: {found.Place.Path}: expected a value of JSON, found {found.Literal}");

    /// <summary>An array's items.</summary>
    public IEnumerable<JsonInput> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array) throw Bad("a list");
        foreach (var (index, item) in Value.EnumerateArray().Index())
            yield return new JsonInput(item, File, $"{Path}[{index}]", Source);
    }

    /// <summary>Whether the value is null, which counts as absent.</summary>
    public bool IsNull => Value.ValueKind == JsonValueKind.Null && NotNumber is null;

    /// <summary>A string.</summary>
    public string Text()
    {
        if (Value.ValueKind != JsonValueKind.String) throw Bad("a string");
        var text = Value.GetString()!;
        return Source is { } source && source.HasHalf(text) ? throw JsonText.Bad(File, source.LineOf(Path), Path) : text;
    }

    /// <summary>A string field; required if there is no default.</summary>
    public string Text(string name, string? defaultValue) =>
        Field(name)?.Text() ?? defaultValue ?? throw Bad(name, "a string", "nothing");

    /// <summary>An integer within bounds.</summary>
    public int Integer(int least, int most) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Bad($"a whole number from {least} to {most}");

    /// <summary>An integer field within bounds; required if there is no default.</summary>
    public int Integer(string name, int least, int most, int? defaultValue = null) =>
        Field(name)?.Integer(least, most) ?? defaultValue ?? throw Bad(name, $"a whole number from {least} to {most}", "nothing");

    /// <summary>A field with a number within bounds.</summary>
    public double Number(string name, double least, double most, double defaultValue)
    {
        if (Field(name) is not { } field) return defaultValue;
        return field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw field.Bad(string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));
    }

    /// <summary>A Boolean.</summary>
    public bool Flag() => Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Bad("true or false");

    /// <summary>A Boolean field.</summary>
    public bool Flag(string name, bool defaultValue) => Field(name)?.Flag() ?? defaultValue;

    /// <summary>Whether a field is present and not null.</summary>
    public bool Has(string name) => Field(name) is not null;

    /// <summary>The first of several names of one field that is present; if none is, the first name.</summary>
    /// <exception cref="BadInputException">Two of them are present and differ.</exception>
    public string NameInUse(params ReadOnlySpan<string> names)
    {
        string? used = null;
        foreach (var name in names)
        {
            if (Field(name) is not { } field) continue;
            if (used is not null && !JsonElement.DeepEquals(Field(used)!.Value.Value, field.Value))
                throw field.Bad($"{Field(used)!.Value.Shown}, as {PathOf(used)} says");
            used ??= name;
        }
        return used ?? names[0];
    }

    /// <summary>Checks that a field is absent, null, false, zero or empty.</summary>
    /// <exception cref="BadInputException">It has another value.</exception>
    public void MustBeUnset(string name)
    {
        if (Field(name) is { } field && !field.IsEmpty && field.Value.GetRawText() is not ("false" or "\"\"" or "0" or "0.0"))
            throw field.Bad("nothing");
    }

    /// <summary>The exception for this value: what was expected, and the value found.</summary>
    public BadInputException Bad(string expected) => new($"{Location}: expected {expected}, found {Shown}");

    /// <summary>The exception for a field: what was expected, and a description of what was found.</summary>
    public BadInputException Bad(string name, string expected, string found) =>
        new($"{File}: {PathOf(name)}: expected {expected}, found {found}");

    private bool IsEmpty => Value.ValueKind switch
    {
        JsonValueKind.Object => !Value.EnumerateObject().Any(),
        JsonValueKind.Array => Value.GetArrayLength() == 0,
        _ => false,
    };

    /// <summary>The value on one line, shortened.</summary>
    private string Shown
    {
        get
        {
            if (NotNumber is { } found) return found.Literal;
            var text = string.Join(' ', Raw.Split(LineEnds, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "...";
        }
    }

    private string Raw => Source?.Source(Value.GetRawText()) ?? Value.GetRawText();

    private (JsonText.Place Place, string Literal)? NotNumber =>
        Value.ValueKind == JsonValueKind.Null && Source is { } source && source.NotNumbers.TryGetValue(Path, out var found) ? found : null;

    private JsonInput Child(JsonElement value, string name) => new(value, File, PathOf(name), Source);

    private string PathOf(string name) => JsonPlace.Join(Path, Source?.Shown(name) ?? name);
}
