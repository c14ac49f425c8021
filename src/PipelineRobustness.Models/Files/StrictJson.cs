using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Reads a JSON object from hostile hands, token by token: depth and texts are bounded, nothing is kept, and what is
/// wrong is one line.
/// </summary>
internal ref struct StrictJson
{
    private const int DepthMax = 4;
    private const int TextBytesMax = 1024;

    private readonly string _origin;
    private Utf8JsonReader _reader;

    private StrictJson(ReadOnlySpan<byte> json, string origin)
    {
        _origin = origin;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
    }

    /// <summary>Reads what it wants from the object that the reader is in.</summary>
    public delegate T Reading<out T>(ref StrictJson json);

    /// <summary>What is being read, for messages.</summary>
    public string? Part { get; set; }

    /// <summary>Reads the whole of <paramref name="json"/>, which must be one object.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="origin">What to call it in messages.</param>
    /// <param name="content">Reads up to and with the object's end.</param>
    /// <exception cref="BadInputException">It is no JSON object, or not the one that was wanted.</exception>
    public static T ReadObject<T>(ReadOnlySpan<byte> json, string origin, Reading<T> content)
    {
        var reader = new StrictJson(json, origin);
        try
        {
            reader.Expect(JsonTokenType.StartObject, "a JSON object");
            var value = content(ref reader);
            return reader._reader.Read() ? throw reader.Bad("nothing behind the JSON object", "more") : value;
        }
        // A text that is no UTF-8 or half a surrogate pair is an InvalidOperationException to the JSON reader. Its own
        // messages repeat what they found, control characters and all.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var what = e is JsonException ? $"no JSON, or deeper than {DepthMax}," : "a text that is no Unicode";
            throw new BadInputException($"{origin}: expected a JSON object, found {what} behind byte {reader._reader.BytesConsumed}", e);
        }
    }

    /// <summary>Goes on to the next property of the object, or to its end.</summary>
    public bool NextProperty() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Whether the property's name or the string just read is this one.</summary>
    public readonly bool Is(scoped ReadOnlySpan<byte> text) => _reader.ValueTextEquals(text);

    /// <inheritdoc cref="Is(ReadOnlySpan{byte})"/>
    public readonly bool Is(scoped ReadOnlySpan<char> text) => _reader.ValueTextEquals(text);

    /// <summary>The property's name or the string just read: short, and nothing that a terminal would obey.</summary>
    public readonly string Text()
    {
        if (_reader.ValueSpan.Length > TextBytesMax)
            throw Bad($"names of at most {TextBytesMax} bytes", $"one of {_reader.ValueSpan.Length}");
        var text = _reader.GetString()!;
        return text.Any(char.IsControl) ? throw Bad("names without control characters", "one that has some") : text;
    }

    /// <summary>Goes on to the next token, which must be of that type.</summary>
    public void Expect(JsonTokenType type, string expected)
    {
        if (!_reader.Read() || _reader.TokenType != type)
            throw Bad(expected, _reader.TokenType.ToString());
    }

    /// <summary>Goes past the value of the property just read.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>Reads a list of whole numbers from 0.</summary>
    /// <param name="field">The list's name.</param>
    /// <param name="numbers">Room for as many as there may be.</param>
    /// <returns>How many there are.</returns>
    public int WholeNumbers(string field, scoped Span<long> numbers)
    {
        Expect(JsonTokenType.StartArray, $"{field} to be a list");
        var count = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || number < 0)
                throw Bad($"{field} to hold whole numbers from 0", "something else");
            if (count == numbers.Length)
                throw Bad($"at most {numbers.Length} numbers in {field}", "more");
            numbers[count++] = number;
        }
        return count;
    }

    /// <summary>The exception that says what is wrong.</summary>
    public readonly BadInputException Bad(string expected, string found) =>
        new($"{_origin}: {(Part is null ? "" : $"{Part}: ")}expected {expected}, found {found}");
}
