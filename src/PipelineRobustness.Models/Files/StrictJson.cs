using System.Text;
using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Reads an untrusted JSON object token by token, with bounds on depth and text length, no buffering and one-line
/// errors. Hand-written for the safetensors header and index: a serializer would allocate what a hostile file asks for.
/// </summary>
internal ref struct StrictJson
{
    private const int DepthMax = 4;
    private const int TextBytesMax = 1024;

    private readonly string _origin;
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    private StrictJson(ReadOnlySpan<byte> json, string origin)
    {
        _origin = origin;
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
    }

    /// <summary>Reads a value from the object that the reader is positioned in.</summary>
    public delegate T Reading<out T>(ref StrictJson json);

    /// <summary>The part being read, for messages.</summary>
    public string? Part { get; set; }

    /// <summary>Reads <paramref name="json"/>, which must be exactly one object.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="origin">Its name in messages.</param>
    /// <param name="content">Reads the object, including its end.</param>
    /// <exception cref="BadInputException">It is not a JSON object, or not the expected one.</exception>
    public static T ReadObject<T>(ReadOnlySpan<byte> json, string origin, Reading<T> content)
    {
        var reader = new StrictJson(json, origin);
        try
        {
            reader.Expect(JsonTokenType.StartObject, "a JSON object");
            var value = content(ref reader);
            return reader._reader.Read() ? throw reader.Bad("nothing after the JSON object", "more") : value;
        }
        // The JSON reader throws InvalidOperationException for invalid UTF-8. Its own messages quote the input, control
        // characters included.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var what = e is JsonException ? $"invalid JSON, or JSON nested deeper than {DepthMax}," : "invalid Unicode";
            throw new BadInputException($"{origin}: expected a JSON object, found {what} after byte {reader._reader.BytesConsumed}", e);
        }
    }

    /// <summary>Advances to the next property of the object, or to its end.</summary>
    public bool NextProperty() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Whether the property name or string just read equals <paramref name="text"/>.</summary>
    public readonly bool Is(scoped ReadOnlySpan<byte> text) => IsUnicode && _reader.ValueTextEquals(text);

    /// <inheritdoc cref="Is(ReadOnlySpan{byte})"/>
    public readonly bool Is(scoped ReadOnlySpan<char> text) => IsUnicode && _reader.ValueTextEquals(text);

    /// <summary>The property name or string just read, checked to be short and free of control characters.</summary>
    public readonly string Text()
    {
        if (_reader.ValueSpan.Length > TextBytesMax)
            throw Bad($"names of at most {TextBytesMax} bytes", $"one of {_reader.ValueSpan.Length}");
        if (!IsUnicode) throw NoUnicode();
        var text = _reader.GetString()!;
        return text.Any(char.IsControl) ? throw Bad("names without control characters", "a control character") : text;
    }

    /// <summary>Advances to the next token, which must be of that type.</summary>
    public void Expect(JsonTokenType type, string expected)
    {
        if (!_reader.Read() || _reader.TokenType != type) throw Bad(expected, _reader.TokenType.ToString());
    }

    /// <summary>Skips the value of the property just read.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>Reads a list of non-negative integers.</summary>
    /// <param name="field">The name of the list.</param>
    /// <param name="numbers">Receives the numbers; its length is the maximum.</param>
    /// <returns>The number of integers read.</returns>
    public int WholeNumbers(string field, scoped Span<long> numbers)
    {
        Expect(JsonTokenType.StartArray, $"{field} to be a list");
        var count = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || number < 0)
                throw Bad($"{field} to hold whole numbers from 0", "something else");
            if (count == numbers.Length) throw Bad($"at most {numbers.Length} numbers in {field}", "more");
            numbers[count++] = number;
        }
        return count;
    }

    private readonly bool IsUnicode => !_reader.ValueIsEscaped || !JsonText.HasHalf(_reader.ValueSpan);

    /// <summary>Names the string as it stands in the file, in escapes.</summary>
    private readonly BadInputException NoUnicode() => JsonText.Bad(
        _origin, 1 + _json[..(int)_reader.TokenStartIndex].Count((byte)'\n'),
        (Part is null ? "" : $"{Part}: ") + Encoding.UTF8.GetString(_reader.ValueSpan));

    /// <summary>The exception for an unexpected value.</summary>
    public readonly BadInputException Bad(string expected, string found) =>
        new($"{_origin}: {(Part is null ? "" : $"{Part}: ")}expected {expected}, found {found}");
}
