using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Reads the JSON header of an untrusted safetensors file: every value is checked, and the memory used is bounded
/// whatever the header claims.
/// </summary>
internal static class SafeTensorsHeader
{
    /// <summary>The largest number of tensors in a model.</summary>
    public const int TensorsMax = 1 << 16;

    private const int NamesCharactersMax = 1 << 23;   // total over all names
    private const int DimensionsMax = 16;

    /// <param name="json">The bytes of the header.</param>
    /// <param name="dataLength">Number of bytes after the header; the tensors must cover them exactly.</param>
    /// <param name="path">The file's path, for messages.</param>
    /// <exception cref="BadInputException">The header violates the format.</exception>
    public static Dictionary<string, SafeTensorsEntry> Read(ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var tensors = StrictJson.ReadObject(json, $"{path}: header", ReadTensors);
        CheckRanges(tensors, dataLength, path);
        return tensors;
    }

    private static Dictionary<string, SafeTensorsEntry> ReadTensors(ref StrictJson json)
    {
        var tensors = new Dictionary<string, SafeTensorsEntry>();
        for (var characters = 0; json.NextProperty(); json.Part = null)
        {
            if (json.Is("__metadata__"u8))
            {
                json.Skip();
                continue;
            }
            var name = json.Text();
            characters += name.Length;
            if (tensors.Count == TensorsMax || characters > NamesCharactersMax)
                throw json.Bad($"at most {TensorsMax} tensors, their names of {NamesCharactersMax} characters in all", "more");
            json.Part = name;
            if (!tensors.TryAdd(name, ReadTensor(ref json))) throw json.Bad("the tensor once", "it twice");
        }
        return tensors;
    }

    private static SafeTensorsEntry ReadTensor(ref StrictJson json)
    {
        Span<long> dimensions = stackalloc long[DimensionsMax], ends = stackalloc long[2];
        string? type = null;
        long[]? shape = null;
        int? offsets = null;
        json.Expect(JsonTokenType.StartObject, "an object");
        while (json.NextProperty())
        {
            if (json.Is("dtype"u8) && type is null)
                type = ReadType(ref json);
            else if (json.Is("shape"u8) && shape is null)
                shape = dimensions[..json.WholeNumbers("shape", dimensions)].ToArray();
            else if (json.Is("data_offsets"u8) && offsets is null)
                offsets = json.WholeNumbers("data_offsets", ends);
            else
                throw json.Bad("dtype, shape and data_offsets, each once", json.Text());
        }
        return type is not null && shape is not null && offsets == ends.Length
            ? Checked(json, new SafeTensorsEntry(type, shape, ends[0], ends[1]))
            : throw json.Bad("dtype, shape and two data_offsets", "less or more");
    }

    private static string ReadType(ref StrictJson json)
    {
        json.Expect(JsonTokenType.String, "dtype to be a string");
        foreach (var type in SafeTensorsEntry.Types)
            if (json.Is(type.AsSpan())) return type;
        throw json.Bad("a dtype of the safetensors format", json.Text());
    }

    private static SafeTensorsEntry Checked(StrictJson json, SafeTensorsEntry entry)
    {
        long size = SafeTensorsEntry.ElementSize(entry.Type), extent = size;
        try
        {
            foreach (var dimension in entry.Shape)
            {
                size = checked(size * dimension);
                // A dimension of 0 makes the tensor empty, but its strides may still overflow.
                extent = checked(extent * Math.Max(dimension, 1));
            }
        }
        catch (OverflowException)
        {
            throw json.Bad("a shape of less than 2^63 bytes", entry.ShapeText);
        }
        return entry.Begin <= entry.End && entry.Length == size
            ? entry
            : throw json.Bad($"{size} bytes for {entry.Type} {entry.ShapeText}", $"data_offsets [{entry.Begin}, {entry.End}]");
    }

    /// <summary>The format allows neither overlaps nor gaps: in sorted order, each tensor begins where the previous one ends.</summary>
    private static void CheckRanges(Dictionary<string, SafeTensorsEntry> tensors, long dataLength, string path)
    {
        var sorted = tensors.ToArray();
        Array.Sort(sorted, (one, other) => (one.Value.Begin, one.Value.End).CompareTo((other.Value.Begin, other.Value.End)));
        var reached = 0L;
        foreach (var (name, entry) in sorted)
        {
            if (entry.Begin != reached)
            {
                throw new BadInputException(
                    $"{path}: header: expected {name} to begin at byte {reached}, where the previous tensor ends, found {entry.Begin}");
            }
            reached = entry.End;
        }
        if (reached != dataLength)
            throw new BadInputException($"{path}: expected {reached} bytes of tensors according to the header, found {dataLength}");
    }
}
