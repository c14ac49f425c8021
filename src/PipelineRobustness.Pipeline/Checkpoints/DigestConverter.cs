using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PipelineRobustness.Pipeline.Checkpoints;

/// <summary>A digest as 32 hex digits: as a number it is beyond what most readers of JSON count to.</summary>
internal sealed class DigestConverter : JsonConverter<UInt128>
{
    public override UInt128 Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && UInt128.TryParse(reader.GetString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digest)
            ? digest
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, UInt128 value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("x32", CultureInfo.InvariantCulture));
}
