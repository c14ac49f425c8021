using System.Globalization;
using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>Where a JSON reader is, as a path such as <c>runs[0].name</c>.</summary>
internal sealed class JsonPlace
{
    /// <summary>For a reader whose depth is left to the parser to judge.</summary>
    public static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    // From the outermost: a list's index so far, or -1 and an object's current name.
    private readonly List<(int Index, string Name)> _levels = [];

    /// <summary>Follows the reader to the token just read.</summary>
    public void Enter(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _levels[^1] = (-1, reader.GetString()!);
                return;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _levels.RemoveAt(_levels.Count - 1);
                return;
        }
        if (_levels.Count > 0 && _levels[^1].Index >= 0)
            _levels[^1] = (_levels[^1].Index + 1, "");
        if (reader.TokenType == JsonTokenType.StartObject)
            _levels.Add((-1, ""));
        else if (reader.TokenType == JsonTokenType.StartArray)
            _levels.Add((0, ""));
    }

    /// <summary>The outermost object's field.</summary>
    public string Field => _levels is [{ Name: var name }, ..] ? name : "";

    /// <inheritdoc/>
    public override string ToString() => _levels.Aggregate("", (path, level) =>
        level.Index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{path}[{level.Index - 1}]") : Join(path, level.Name));

    /// <summary>The path of an object's field.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
