using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Checkpoints;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Checkpoints;

/// <summary>
/// A checkpoint's manifest on disk: a JSON object whose last line is the SHA-256 of the lines before it but for the closing
/// brace, so that any changed byte is noticed before a word of it is believed.
/// </summary>
internal static class ManifestFile
{
    /// <summary>What it is called.</summary>
    public const string Name = "manifest.json";

    private const int Format = 3;

    // It did not say whether a shard is finite; the state's record is the same.
    private const int Oldest = 2;
    private const int BytesMax = 16 << 20;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new DigestConverter(), new BytesConverter() },
    };

    private static readonly int TailBytes = Tail([]).Length;

    /// <summary>Writes a temporary file in the same folder, flushes it, renames it, and flushes the folder.</summary>
    /// <exception cref="IOException">The write failed; the previous file is intact.</exception>
    /// <exception cref="BadInputException">The manifest would not pass the checks on reading.</exception>
    public static void Write(string path, CheckpointManifest manifest)
    {
        Check(path, manifest);
        var json = JsonSerializer.Serialize(
            new Document(Format, manifest.Run, manifest.Version, manifest.Ballot, manifest.Shards, manifest.State, Sha256: ""), Options);
        // The tail replaces the digest's line and the brace at the end of the serializer's output.
        var covered = Encoding.UTF8.GetBytes(json[..(json.LastIndexOf(",\n", StringComparison.Ordinal) + 2)]);
        AtomicFile.Write(path, file =>
        {
            file.Write(covered);
            file.Write(Tail(covered));
        });
    }

    /// <summary>Reads a manifest and verifies everything in it.</summary>
    /// <exception cref="BadInputException">Absent, damaged, of another format, or one that names files elsewhere.</exception>
    public static CheckpointManifest Read(string path)
    {
        var bytes = UserFile.ReadBytes(path, BytesMax);
        var covered = bytes.AsSpan(0, Math.Max(bytes.Length - TailBytes, 0));
        var expected = Tail(covered);
        var found = bytes.AsSpan(covered.Length);
        if (!found.SequenceEqual(expected))
        {
            throw new BadInputException(
                $"{path}: expected {Encoding.UTF8.GetString(expected).Split('\n')[0].Trim()} of the {covered.Length} bytes before it at its end, "
                + $"found {Printable(found)}");
        }
        try
        {
            JsonText.Of(Encoding.UTF8.GetString(bytes)).RefuseHalves(path, _ => true);
            var document = Parsed(path, bytes);
            var manifest = new CheckpointManifest(document.Run, document.Version, document.Ballot, document.Shards, document.State);
            Check(path, manifest);
            return manifest;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new BadInputException(
                $"{path}: expected a manifest of format {Format}, found {(e is JsonException fault ? JsonErrors.Of(fault) : "something else")}", e);
        }
    }

    private static Document Parsed(string path, byte[] bytes)
    {
        using (var json = JsonDocument.Parse(bytes))
        {
            if (!json.RootElement.TryGetProperty("format", out var format) || !format.TryGetInt32(out var number) || number is < Oldest or > Format)
            {
                throw new BadInputException(
                    $"{path}: expected a manifest of format {Format}, found {(format.ValueKind == JsonValueKind.Number ? format.GetRawText() : "none")}");
            }
        }
        return JsonSerializer.Deserialize<Document>(bytes, Options) ?? throw new JsonException();
    }

    private static void Check(string path, CheckpointManifest manifest)
    {
        var blocks = manifest.Shards.Select(shard => shard.Block).ToList();
        if (!blocks.Order().SequenceEqual(Enumerable.Range(0, blocks.Count)) || blocks.Count == 0)
            throw new BadInputException($"{path}: expected a shard of every block from 0 on, found blocks {string.Join(", ", blocks)}");
        foreach (var file in manifest.Shards.Select(shard => shard.File))
        {
            if (!file.EndsWith(ShardFile.Ending, StringComparison.Ordinal) || file != Path.GetFileName(file) || file.Any(char.IsControl))
                throw new BadInputException($"{path}: expected the name of a {ShardFile.Ending} file next to it, found {file}");
        }
    }

    private static byte[] Tail(ReadOnlySpan<byte> covered) =>
        Encoding.ASCII.GetBytes($"  \"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(covered))}\"\n}}\n");

    private static string Printable(ReadOnlySpan<byte> tail)
    {
        var text = Encoding.UTF8.GetString(tail).Trim();
        return tail.Length < TailBytes ? $"only {tail.Length} bytes in all" : text.Split('\n')[0].Trim();
    }

    private sealed record Document(
        int Format, string Run, long Version, Ballot Ballot, ImmutableArray<ShardSeal> Shards, ServerState State, string Sha256);

    /// <summary>Bytes as base64, not as a list of numbers.</summary>
    private sealed class BytesConverter : JsonConverter<ImmutableArray<byte>>
    {
        public override ImmutableArray<byte> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            ImmutableCollectionsMarshal.AsImmutableArray(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, ImmutableArray<byte> value, JsonSerializerOptions options) =>
            writer.WriteBase64StringValue(value.AsSpan());
    }
}
