using Akka.Configuration;
using Akka.Configuration.Hocon;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>Reads HOCON: the lexical check first, then Akka's reader, then every value with where it was written.</summary>
internal sealed class HoconReader
{
    private readonly string _source;
    private readonly HoconOutline _outline;
    private readonly bool _lines;
    private readonly Dictionary<string, int> _places;

    private HoconReader(string source, HoconOutline outline, bool lines)
    {
        _source = source;
        _outline = outline;
        _lines = lines;
        _places = outline.Lines.Keys.Index().ToDictionary(key => key.Item, key => key.Index);
    }

    /// <summary>The settings in <paramref name="text"/>.</summary>
    /// <param name="source">The file's name, for messages and provenance.</param>
    /// <param name="text">HOCON.</param>
    /// <param name="lines">Whether lines mean something to the user (not so on the command line).</param>
    /// <exception cref="BadInputException">The text cannot be read; the message names source and line.</exception>
    public static SettingSection Read(string source, string text, bool lines = true)
    {
        var outline = LexicalCheck.Check(source, text);
        try
        {
            var root = ConfigurationFactory.ParseString(Readable(text, outline)).Root;
            return (SettingSection)new HoconReader(source, outline, lines).Section(root, "");
        }
        catch (Exception e) when (e is FormatException or ConfigurationException)
        {
            throw new BadInputException($"{source}: not readable as HOCON: {e.Message.Split('\n')[0].Trim()}", e);
        }
    }

    /// <summary>A new line separates as a comma does, and Akka's reader takes it everywhere.</summary>
    private static string Readable(string text, HoconOutline outline)
    {
        var readable = text.ToCharArray();
        foreach (var comma in outline.UnreadCommas)
            readable[comma] = '\n';

        return new string(readable);
    }

    private SettingNode Node(HoconValue value, string path)
    {
        if (_outline.Lengths.TryGetValue(path, out var length))
            return List(value, path, length);

        return value.IsEmpty || value.IsObject() ? Section(value, path) : new SettingText(value.GetString() ?? "", At(path));
    }

    private SettingSection Section(HoconValue value, string path)
    {
        var items = value.IsEmpty
            ? []
            : value.GetObject().Items.Select(i => KeyValuePair.Create(i.Key, Node(i.Value, path.Length == 0 ? i.Key : $"{path}.{i.Key}")));
        return new SettingSection([.. items], At(path));
    }

    private SettingList List(HoconValue value, string path, int length)
    {
        // A list without elements on lines of its own comes as one empty element.
        var elements = value.GetArray().Where(e => !e.IsEmpty || length > 0).ToList();
        if (elements.Count != length)
            throw new BadInputException($"{At(path)}: {path} has an empty element");

        return new SettingList([.. elements.Select((e, i) => Node(e, $"{path}[{i}]"))], At(path));
    }

    private Origin At(string path) => _outline.Lines.TryGetValue(path, out var line)
        ? new Origin(_source, _lines ? line : null) { Place = _places[path] }
        : new Origin(_source);
}
