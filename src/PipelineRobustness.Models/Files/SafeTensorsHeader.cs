using System.Text.Json;

namespace PipelineRobustness.Models;

/// <summary>
/// Reads the JSON header of a safetensors file from hostile hands: nothing is believed that was not checked, and what
/// is kept is bounded whatever the header says.
/// </summary>
internal static class SafeTensorsHeader
{
    private const int TensorsMax = 1 << 16;
    private const int DimensionsMax = 16;
    private const int NameCharactersMax = 1024;

    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Number of bytes behind the header, all of which the tensors must fill.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="BadInputException">Anything that the format does not allow.</exception>
    public static Dictionary<string, SafeTensorsEntry> Read(ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            var tensors = ReadTensors(ref reader, path);
            if (reader.Read())
                throw Bad(path, "nothing behind the JSON object", "more");
            CheckRanges(tensors, dataLength, path);
            return tensors;
        }
        // A name that is no UTF-8 is an InvalidOperationException to the JSON reader.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path}: header: expected a JSON object of tensors, found: {e.Message}", e);
        }
    }

    private static Dictionary<string, SafeTensorsEntry> ReadTensors(ref Utf8JsonReader reader, string path)
    {
        var tensors = new Dictionary<string, SafeTensorsEntry>();
        Expect(ref reader, JsonTokenType.StartObject, path, "a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader, path);
            if (name == "__metadata__")
            {
                Expect(ref reader, JsonTokenType.StartObject, path, "__metadata__ to be an object");
                reader.Skip();
                continue;
            }
            if (tensors.Count == TensorsMax)
                throw Bad(path, $"at most {TensorsMax} tensors", "more");
            if (!tensors.TryAdd(name, ReadTensor(ref reader, path, name)))
                throw Bad(path, $"tensor {name} once", "it twice");
        }
        return tensors;
    }

    private static SafeTensorsEntry ReadTensor(ref Utf8JsonReader reader, string path, string name)
    {
        var where = $"{path}: header: {name}";
        string? type = null;
        List<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, where, "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Text(ref reader, where);
            if (field == "dtype" && type is null)
            {
                Expect(ref reader, JsonTokenType.String, where, "dtype to be a string");
                type = Text(ref reader, where);
            }
            else if (field == "shape" && shape is null)
                shape = Numbers(ref reader, where, field);
            else if (field == "data_offsets" && offsets is null)
                offsets = Numbers(ref reader, where, field);
            else
                throw new BadInputException($"{where}: expected dtype, shape and data_offsets, each once, found {field}");
        }
        if (type is null || shape is null || offsets is not [var begin, var end])
            throw new BadInputException($"{where}: expected dtype, shape and two data_offsets, found less or more");
        return Checked(where, new SafeTensorsEntry(type, shape, begin, end));
    }

    private static SafeTensorsEntry Checked(string where, SafeTensorsEntry entry)
    {
        long size = SafeTensorsEntry.ElementSize(entry.Type);
        if (size == 0)
            throw new BadInputException($"{where}: expected a dtype of the safetensors format, found {entry.Type}");
        try
        {
            foreach (var dimension in entry.Shape)
                size = checked(size * dimension);
        }
        catch (OverflowException e)
        {
            throw new BadInputException($"{where}: expected a shape of at most 2^63 bytes, found [{string.Join(", ", entry.Shape)}]", e);
        }
        return entry.Begin <= entry.End && entry.Length == size
            ? entry
            : throw new BadInputException(
                $"{where}: expected {size} bytes for {entry.Type} [{string.Join(", ", entry.Shape)}], "
                + $"found data_offsets [{entry.Begin}, {entry.End}]");
    }

    /// <summary>The format allows neither overlaps nor holes: sorted, each tensor begins where the one before ended.</summary>
    private static void CheckRanges(Dictionary<string, SafeTensorsEntry> tensors, long dataLength, string path)
    {
        var reached = 0L;
        foreach (var (name, entry) in tensors.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.End))
        {
            if (entry.Begin != reached)
                throw Bad(path, $"{name} to begin at byte {reached}, where the tensor before it ends", $"{entry.Begin}");
            reached = entry.End;
        }
        if (reached != dataLength)
            throw new BadInputException($"{path}: expected {reached} bytes of tensors as the header says, found {dataLength}");
    }

    private static List<long> Numbers(ref Utf8JsonReader reader, string where, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, where, $"{field} to be a list");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new BadInputException($"{where}: expected {field} to hold whole numbers from 0, found something else");
            if (numbers.Count == DimensionsMax)
                throw new BadInputException($"{where}: expected at most {DimensionsMax} numbers in {field}, found more");
            numbers.Add(number);
        }
        return numbers;
    }

    private static string Text(ref Utf8JsonReader reader, string where) => reader.ValueSpan.Length <= NameCharactersMax
        ? reader.GetString()!
        : throw Bad(where, $"names of at most {NameCharactersMax} bytes", $"one of {reader.ValueSpan.Length}");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string where, string expected)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw Bad(where, expected, reader.TokenType.ToString());
    }

    private static BadInputException Bad(string where, string expected, string found) =>
        new($"{where}: header: expected {expected}, found {found}");
}
