using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Models.Files;

/// <summary>Reads fields of a JSON object that a user gave; what is not as expected is named in one line.</summary>
internal sealed class JsonFields(JsonObject json, string origin)
{
    private const int ShownCharacters = 60;

    /// <summary>A whole number of <paramref name="least"/>..<paramref name="most"/>; null stands for the default.</summary>
    public int Integer(string name, int least, int most, int? otherwise = null)
    {
        var expected = $"a whole number from {least} to {most}";
        if (json[name] is not { } value) return otherwise ?? throw Bad(name, expected, "nothing");
        return value.GetValueKind() == JsonValueKind.Number
            && int.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
                ? number
                : throw Bad(name, expected, Shown(value));
    }

    /// <summary>A number of <paramref name="least"/>..<paramref name="most"/>.</summary>
    public double Number(string name, double least, double most, double otherwise)
    {
        if (json[name] is not { } value) return otherwise;
        return value.GetValueKind() == JsonValueKind.Number
            && double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
                ? number
                : throw Bad(name, $"a number from {least} to {most}", Shown(value));
    }

    /// <summary>true or false.</summary>
    public bool Flag(string name, bool otherwise) => json[name] switch
    {
        null => otherwise,
        { } value when value.GetValueKind() == JsonValueKind.True => true,
        { } value when value.GetValueKind() == JsonValueKind.False => false,
        { } value => throw Bad(name, "true or false", Shown(value)),
    };

    /// <summary>A string; without a default it must be there.</summary>
    public string Text(string name, string? otherwise) => json[name] switch
    {
        null => otherwise ?? throw Bad(name, "a string", "nothing"),
        { } value when value.GetValueKind() == JsonValueKind.String => Printable(name, value.GetValue<string>()),
        { } value => throw Bad(name, "a string", Shown(value)),
    };

    /// <summary>Whether a field is there and not null.</summary>
    public bool Present(string name) => json[name] is not null;

    /// <summary>The fields of an object within; null where there is none.</summary>
    public JsonFields? Section(string name) => json[name] switch
    {
        null => null,
        JsonObject section => new JsonFields(section, $"{origin}: {name}"),
        { } value => throw Bad(name, "an object", Shown(value)),
    };

    /// <summary>The first of several names of one field that is present; where none is, the first.</summary>
    public string First(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Present(name)) return name;
        }
        return names[0];
    }

    /// <summary>The exception that says what is wrong with a field.</summary>
    public BadInputException Bad(string name, string expected, string found) =>
        new($"{origin}: {name}: expected {expected}, found {found}");

    /// <summary>What is shown again must hold nothing that a terminal would obey.</summary>
    private string Printable(string name, string text) =>
        text.Any(char.IsControl) ? throw Bad(name, "a string without control characters", "one that has some") : text;

    private static string Shown(JsonNode value)
    {
        var text = value.ToJsonString();
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "...";
    }
}
