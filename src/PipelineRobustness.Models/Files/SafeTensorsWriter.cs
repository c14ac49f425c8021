using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>Writes safetensors files atomically: to a temporary file that is flushed and renamed over the destination.</summary>
public static class SafeTensorsWriter
{
    private const int Alignment = 8;

    /// <summary>
    /// Writes tensors of floating-point numbers or integers in the given order; tensors on other devices are copied
    /// chunk by chunk.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        var all = tensors.ToList();
        AtomicFile.Write(path, file => Write(all, bytes => file.Write(bytes)));
    }

    /// <summary>
    /// Like <see cref="Write(string, IEnumerable{ValueTuple{string, Tensor}})"/>, and returns the file's SHA-256 in
    /// lower-case hex, computed while writing.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static string WriteDigested(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        var all = tensors.ToList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AtomicFile.Write(path, file => Write(all, bytes =>
        {
            hash.AppendData(bytes);
            file.Write(bytes);
        }));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The SHA-256, in lower-case hex, of the file that would be written of these tensors.</summary>
    public static string DigestOf(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write([.. tensors], hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Write(List<(string Name, Tensor Value)> tensors, Action<ReadOnlySpan<byte>> put)
    {
        var header = Header(tensors);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        put(length);
        put(header);
        foreach (var (_, value) in tensors)
            TensorBytes.ForEachChunk(value, chunk => put(chunk.cpu().bytes));
    }

    private static byte[] Header(List<(string Name, Tensor Value)> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");   // Hugging Face rejects files without it
            json.WriteEndObject();
            var begin = 0L;
            foreach (var (name, value) in tensors)
                begin = WriteEntry(json, name, value, begin);
            json.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static long WriteEntry(Utf8JsonWriter json, string name, Tensor value, long begin)
    {
        var end = begin + value.NumberOfElements * value.ElementSize;
        json.WriteStartObject(name);
        json.WriteString("dtype", SafeTensorsEntry.TypeName(value.dtype));
        json.WriteStartArray("shape");
        foreach (var dimension in value.shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
