using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// JSON in which an escape may stand for half a surrogate pair, such as <c>\ud83d</c> alone: valid JSON that is no Unicode,
/// as Python writes it. .NET's readers throw where they meet one, even in a field that is not asked for; so a character that the text
/// has nowhere else stands for each before parsing, and where it was is kept. The same holds for the numbers that Python writes and JSON
/// does not have. Nothing that stands for something else is to be shown or saved.
/// </summary>
public sealed partial class JsonText
{
    private const int EscapeLength = 6;
    private const int CharactersMost = 60_000;
    private const char FirstTried = '\uE000';

    // What each character that stands for half a pair stands for.
    private readonly Dictionary<char, char> _halves;

    private JsonText(string text, Dictionary<char, char> halves) => (Text, _halves) = (text, halves);

    /// <summary>The text without half pairs.</summary>
    public string Text { get; }

    /// <summary>Strings and names that held half a pair.</summary>
    public IReadOnlyList<Place> Halves { get; private init; } = [];

    /// <summary>Values that are <c>NaN</c>, <c>Infinity</c> or <c>-Infinity</c>, by their path; <c>null</c> stands for them.</summary>
    internal IReadOnlyDictionary<string, (Place Place, string Literal)> NotNumbers { get; private init; } =
        new Dictionary<string, (Place, string)>();

    /// <summary>Where something was.</summary>
    /// <param name="Path">Such as <c>model.vocab</c> or <c>runs[0].name</c>, as messages show it.</param>
    /// <param name="Line">The line, from 1.</param>
    /// <param name="Field">The outermost object's field that it is or belongs to, as in <see cref="Text"/>.</param>
    public readonly record struct Place(string Path, int Line, string Field);

    /// <summary>Finds and replaces half pairs and what is no number. A text that is no JSON is left to the parser to report.</summary>
    /// <exception cref="JsonException">It has half pairs and nearly all characters that there are.</exception>
    public static JsonText Of(string text)
    {
        var json = WithoutHalves(PythonNumbers.Replaced(text, out var replaced));
        return replaced.Count == 0 ? json : new(json.Text, json._halves)
        {
            Halves = json.Halves,
            NotNumbers = PythonNumbers.Located(json.Text, replaced).ToDictionary(
                found => json.Shown(found.Place.Path), found => (found.Place with { Path = json.Shown(found.Place.Path) }, found.Literal)),
        };
    }

    private static JsonText WithoutHalves(string text)
    {
        if (!text.Contains(@"\ud", StringComparison.OrdinalIgnoreCase)) return new(text, []);
        var utf8 = Encoding.UTF8.GetBytes(text);
        var escapes = EscapesIn(utf8);
        if (escapes.Count == 0) return new(text, []);
        var standIns = StandIns(text, escapes.Select(at => UnitAt(utf8, at)));
        // Lengths stay, and so do the positions in messages.
        foreach (var at in escapes)
            Encoding.UTF8.GetBytes($"{(int)standIns[UnitAt(utf8, at)]:x4}", utf8.AsSpan(at + 2));
        var json = new JsonText(Encoding.UTF8.GetString(utf8), standIns.ToDictionary(pair => pair.Value, pair => pair.Key));
        return new(json.Text, json._halves) { Halves = [.. json.Located(utf8, escapes)] };
    }

    // By half, from the private area on: characters that the text has neither as they are nor in an escape.
    private static Dictionary<char, char> StandIns(string text, IEnumerable<char> halves)
    {
        var used = new HashSet<char>(text);
        foreach (var escape in Escape.EnumerateMatches(text))
            used.Add((char)ushort.Parse(text.AsSpan(escape.Index + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        if (used.Count > CharactersMost) throw new JsonException();
        var standIns = new Dictionary<char, char>();
        var next = FirstTried;
        foreach (var half in halves.Distinct())
        {
            while (char.IsSurrogate(next) || !used.Add(next)) next++;
            standIns.Add(half, next);
        }
        return standIns;
    }

    /// <summary>Whether a string's raw bytes contain an escape for half a pair.</summary>
    internal static bool HasHalf(ReadOnlySpan<byte> raw) => EscapesIn(raw).Count > 0;

    /// <summary>Whether a string or name of <see cref="Text"/> held half a pair.</summary>
    internal bool HasHalf(string text) => _halves.Count > 0 && text.Any(_halves.ContainsKey);

    /// <summary>The line of the string at a path that held half a pair.</summary>
    internal int LineOf(string path) => Halves.First(half => half.Path == path).Line;

    /// <summary>A string or name of <see cref="Text"/> as it was, half pairs included, so that no Unicode text equals it.</summary>
    internal string Restored(string text) =>
        HasHalf(text) ? string.Concat(text.Select(unit => _halves.GetValueOrDefault(unit, unit))) : text;

    /// <summary>The same for messages, half pairs as escapes.</summary>
    internal string Shown(string text) => HasHalf(text)
        ? string.Concat(text.Select(unit => _halves.TryGetValue(unit, out var half) ? Escaped(half) : unit.ToString())) : text;

    /// <summary>A part of <see cref="Text"/> as it was in the file.</summary>
    internal string Source(string raw) => _halves.Aggregate(
        raw, (text, pair) => text.Replace(Escaped(pair.Key), Escaped(pair.Value), StringComparison.Ordinal));

    private static string Escaped(char unit) => $"\\u{(int)unit:x4}";

    /// <summary>The one-line error for a string that is no Unicode.</summary>
    internal static BadInputException Bad(string file, int line, string path) =>
        new($"{file}:{line}: {path}: expected Unicode, found half a surrogate pair");

    /// <summary>Refuses half a pair in any part that is asked for.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="isRead">Whether the value at a path is asked for.</param>
    /// <exception cref="BadInputException">There is one; the message names file, line and field.</exception>
    public void RefuseHalves(string file, Func<string, bool> isRead)
    {
        foreach (var half in Halves.Where(half => isRead(half.Path)))
            throw Bad(file, half.Line, half.Path);
    }

    private static List<int> EscapesIn(ReadOnlySpan<byte> utf8)
    {
        var found = new List<int>();
        for (var at = 0; at < utf8.Length;)
        {
            var next = utf8[at..].IndexOf((byte)'\\');
            if (next < 0) break;
            at += next;
            var unit = UnitAt(utf8, at);
            if (!char.IsSurrogate(unit))
            {
                at += 2;
            }
            else if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(UnitAt(utf8, at + EscapeLength)))
            {
                at += 2 * EscapeLength;
            }
            else
            {
                found.Add(at);
                at += EscapeLength;
            }
        }
        return found;
    }

    /// <summary>The code unit that an escape stands for; 0 if there is no such escape.</summary>
    private static char UnitAt(ReadOnlySpan<byte> utf8, int at) =>
        at + EscapeLength <= utf8.Length && utf8[at] == '\\' && utf8[at + 1] == 'u'
        && ushort.TryParse(utf8.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : '\0';

    private List<Place> Located(byte[] utf8, List<int> escapes)
    {
        var halves = new List<Place>();
        var place = new JsonPlace();
        var (line, counted, next) = (1, 0, 0);
        try
        {
            var reader = new Utf8JsonReader(utf8, JsonPlace.AnyDepth);
            while (next < escapes.Count && reader.Read())
            {
                place.Enter(ref reader);
                if (escapes[next] >= reader.BytesConsumed) continue;
                var start = (int)reader.TokenStartIndex;
                line += utf8.AsSpan(counted..start).Count((byte)'\n');
                counted = start;
                halves.Add(new Place(Shown(place.ToString()), line, place.Field));
                while (next < escapes.Count && escapes[next] < reader.BytesConsumed) next++;
            }
        }
        catch (JsonException)
        {
            // The parser will report it, with its position.
        }
        return halves;
    }

    [GeneratedRegex("\\\\u[0-9a-fA-F]{4}")]
    private static partial Regex Escape { get; }
}
