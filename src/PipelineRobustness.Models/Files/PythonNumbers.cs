using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> as values: JSON has no such numbers, but Python's json writes and reads
/// them. Each is replaced by <c>null</c> before parsing, and where it was is kept.
/// </summary>
internal static partial class PythonNumbers
{
    /// <summary>The text with <c>null</c> in their place.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="replaced">By the number of the null, from 0, among all of the new text.</param>
    public static string Replaced(string text, out IReadOnlyDictionary<int, string> replaced)
    {
        var found = new Dictionary<int, string>();
        replaced = found;
        if (!text.Contains("NaN", StringComparison.Ordinal) && !text.Contains("Infinity", StringComparison.Ordinal)) return text;
        var nulls = 0;
        return StringOrWord.Replace(text, token =>
        {
            if (token.ValueSpan[0] == '"') return token.Value;
            if (token.Value != "null")
                found.Add(nulls, token.Value);
            nulls++;
            return "null".PadRight(token.Length);
        });
    }

    /// <summary>Where each was; as far as the text is JSON.</summary>
    public static IReadOnlyCollection<(JsonText.Place Place, string Literal)> Located(string text, IReadOnlyDictionary<int, string> replaced)
    {
        var located = new Dictionary<string, (JsonText.Place, string)>();
        var utf8 = Encoding.UTF8.GetBytes(text);
        var place = new JsonPlace();
        var nulls = 0;
        try
        {
            var reader = new Utf8JsonReader(utf8, JsonPlace.AnyDepth);
            while (reader.Read())
            {
                place.Enter(ref reader);
                if (reader.TokenType == JsonTokenType.Null && replaced.TryGetValue(nulls++, out var literal))
                {
                    var line = 1 + utf8.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');
                    located[place.ToString()] = (new JsonText.Place(place.ToString(), line, place.Field), literal);
                }
            }
        }
        catch (JsonException)
        {
            // The parser will report it, with its position.
        }
        return located.Values;
    }

    [GeneratedRegex("""
        "(?>[^"\\]+|\\.)*"|\bnull\b|\bNaN\b|-?\bInfinity\b
        """)]
    private static partial Regex StringOrWord { get; }
}
