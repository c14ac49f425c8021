using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// JSON in which an escape may stand for half a surrogate pair, such as <c>\ud83d</c> alone: valid JSON that is no Unicode,
/// as Python writes it. .NET's readers throw where they meet one, even in a field that is not asked for; so each is replaced
/// before parsing, and where it was is kept. The same holds for the numbers that Python writes and JSON does not have.
/// </summary>
public sealed class JsonText
{
    private const int EscapeLength = 6;
    private const char FirstHalf = '\uD800', FirstPrivate = '\uE000', LastPrivate = '\uE7FF';

    private readonly HashSet<string> _names;

    private JsonText(string text, IReadOnlyList<(string Path, int Line)> halves, HashSet<string> names) =>
        (Text, Halves, _names) = (text, halves, names);

    /// <summary>The text without half pairs: U+FFFD stands for them in values, a private character in names, which stay different.</summary>
    public string Text { get; }

    /// <summary>Strings and names that held half a pair: the path, such as <c>model.vocab</c> or <c>runs[0].name</c>, and the line, from 1.</summary>
    public IReadOnlyList<(string Path, int Line)> Halves { get; }

    /// <summary>Values that are <c>NaN</c>, <c>Infinity</c> or <c>-Infinity</c>, by their path; <c>null</c> stands for them.</summary>
    internal IReadOnlyDictionary<string, (int Line, string Literal)> NotNumbers { get; private init; } = new Dictionary<string, (int, string)>();

    /// <summary>Finds and replaces half pairs and what is no number. A text that is no JSON is left to the parser to report.</summary>
    public static JsonText Of(string text)
    {
        var json = WithoutHalves(PythonNumbers.Replaced(text, out var replaced));
        return replaced.Count == 0 ? json : new(json.Text, json.Halves, json._names) { NotNumbers = PythonNumbers.Located(json.Text, replaced) };
    }

    private static JsonText WithoutHalves(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return new(text, [], []);
        var utf8 = Encoding.UTF8.GetBytes(text);
        var escapes = EscapesIn(utf8);
        if (escapes.Count == 0) return new(text, [], []);
        // D800 to DFFF become E000 to E7FF. Lengths stay, and so do the positions in messages.
        foreach (var at in escapes)
            (utf8[at + 2], utf8[at + 3]) = ((byte)'e', (byte)('0' + (HexDigit(utf8[at + 3]) - 8)));
        return Located(utf8, escapes);
    }

    /// <summary>Whether a string's raw bytes contain an escape for half a pair.</summary>
    internal static bool HasHalf(ReadOnlySpan<byte> raw) => EscapesIn(raw).Count > 0;

    /// <summary>The line of the string at a path that held half a pair; null if that string is Unicode.</summary>
    internal int? LineOf(string path)
    {
        foreach (var half in Halves)
        {
            if (half.Path == path && !_names.Contains(path)) return half.Line;
        }
        return null;
    }

    /// <summary>The name at a path as it was in the file, half pairs included, so that no Unicode text equals it.</summary>
    internal string Restored(string name, string path) => _names.Contains(path)
        ? string.Create(name.Length, name, (restored, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                restored[i] = source[i] is >= FirstPrivate and <= LastPrivate ? (char)(source[i] - FirstPrivate + FirstHalf) : source[i];
        })
        : name;

    /// <summary>The one-line error for a string that is no Unicode.</summary>
    internal static BadInputException Bad(string file, int line, string path) =>
        new($"{file}:{line}: {path}: expected Unicode, found half a surrogate pair");

    /// <summary>Refuses half a pair in any part that is asked for.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="isRead">Whether the value at a path is asked for.</param>
    /// <exception cref="BadInputException">There is one; the message names file, line and field.</exception>
    public void RefuseHalves(string file, Func<string, bool> isRead)
    {
        foreach (var (path, line) in Halves.Where(half => isRead(half.Path)))
            throw Bad(file, line, path);
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

    private static int HexDigit(byte digit) => Convert.ToInt32(((char)digit).ToString(), 16);

    private static JsonText Located(byte[] utf8, List<int> escapes)
    {
        var halves = new List<(string, int)>();
        var names = new HashSet<string>();
        var place = new JsonPlace();
        var (line, counted, next) = (1, 0, 0);
        try
        {
            var reader = new Utf8JsonReader(utf8);
            while (next < escapes.Count && reader.Read())
            {
                place.Enter(ref reader);
                if (escapes[next] >= reader.BytesConsumed) continue;
                var start = (int)reader.TokenStartIndex;
                line += utf8.AsSpan(counted..start).Count((byte)'\n');
                counted = start;
                halves.Add((place.ToString(), line));
                if (reader.TokenType == JsonTokenType.PropertyName)
                    names.Add(place.ToString());
                for (; next < escapes.Count && escapes[next] < reader.BytesConsumed; next++)
                {
                    if (reader.TokenType == JsonTokenType.String)
                        "fffd"u8.CopyTo(utf8.AsSpan(escapes[next] + 2));
                }
            }
        }
        catch (JsonException)
        {
            // The parser will report it, with its position.
        }
        return new JsonText(Encoding.UTF8.GetString(utf8), halves, names);
    }
}
