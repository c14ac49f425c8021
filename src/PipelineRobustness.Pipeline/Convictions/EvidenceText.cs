using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>
/// The text of <c>evidence.json</c>. Of each content there is one text: what is read is written again, and must give the same bytes. So no
/// byte is without meaning, no field is unknown, and none is left out.
/// </summary>
internal static class EvidenceText
{
    private const long BytesMost = 1L << 28;

    // The line on which the last field begins.
    private static readonly byte[] LastLine = "\n  \"signature\": "u8.ToArray();

    private static readonly JsonSerializerOptions Canonical = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
            new ClaimText(), new DigestConverter(), new BytesText(), new NumberText(), new ModelText(),
        },
    };

    /// <summary>The bytes of the file.</summary>
    public static byte[] Of(EvidenceFile file) => [.. JsonSerializer.SerializeToUtf8Bytes(file, Canonical), (byte)'\n'];

    /// <summary>The bytes that the server signs: all lines but those of its signature.</summary>
    public static ReadOnlySpan<byte> Signed(EvidenceFile file)
    {
        var bytes = Of(file).AsSpan();
        return bytes[..(bytes.LastIndexOf(LastLine) + 1)];
    }

    /// <summary>Whether two have one text.</summary>
    public static bool AreAlike(NumericPlan one, NumericPlan other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, Canonical).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, Canonical));

    /// <summary>Reads a file.</summary>
    /// <exception cref="BadInputException">It is absent, or is not the text of any content.</exception>
    public static EvidenceFile Read(string path)
    {
        var bytes = UserFile.ReadBytes(path, BytesMost);
        var file = Parsed(bytes, path);
        return Of(file).AsSpan().SequenceEqual(bytes) ? file
            : throw new BadInputException($"{path}: expected evidence as it is written, found other fields, another order, or other spaces");
    }

    private static EvidenceFile Parsed(byte[] bytes, string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<EvidenceFile>(bytes, Canonical) ?? throw new BadInputException($"{path}: expected evidence, found null");
            return file.Content.Format == EvidenceContent.FormatVersion ? file
                : throw new BadInputException($"{path}: expected format {EvidenceContent.FormatVersion}, found {file.Content.Format}");
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException
            or OverflowException or NullReferenceException)
        {
            var found = e is JsonException fault ? JsonErrors.Of(fault) : "something else";
            throw new BadInputException($"{path}: expected evidence of format {EvidenceContent.FormatVersion}, found {found}", e);
        }
    }

    private sealed class ClaimText : JsonConverter<Claim>
    {
        public override Claim Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Claim.Read(Convert.FromHexString(reader.GetString()!));

        public override void Write(Utf8JsonWriter writer, Claim value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class BytesText : JsonConverter<ImmutableArray<byte>>
    {
        public override ImmutableArray<byte> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            [.. Convert.FromHexString(reader.GetString()!)];

        public override void Write(Utf8JsonWriter writer, ImmutableArray<byte> value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Convert.ToHexStringLower(value.AsSpan()));
    }

    // JSON has no numbers that are not finite: these are written as their 64 bits, since claims are about bits.
    private sealed class NumberText : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.TokenType == JsonTokenType.Number
            ? reader.GetDouble()
            : BitConverter.UInt64BitsToDouble(ulong.Parse(reader.GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteStringValue(BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture));
        }
    }

    // As Hugging Face's config.json.
    private sealed class ModelText : JsonConverter<ModelConfig>
    {
        public override ModelConfig Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            ModelConfig.FromJson(JsonSerializer.Deserialize<JsonObject>(ref reader, options) ?? throw new JsonException("expected a model"), "model");

        public override void Write(Utf8JsonWriter writer, ModelConfig value, JsonSerializerOptions options) => value.ToJson().WriteTo(writer, options);
    }
}
