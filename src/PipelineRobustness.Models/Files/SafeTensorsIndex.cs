using System.Text.Json;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Reads an untrusted <c>model.safetensors.index.json</c>, which says which shard holds which tensor. A shard must be a
/// file in the same folder.
/// </summary>
internal static class SafeTensorsIndex
{
    private const int ShardsMax = 512;
    private const int BytesMax = 32_000_000;   // enough for the largest number of tensors
    private const string Ending = ".safetensors";

    /// <summary>Reads the mapping from tensor to shard.</summary>
    /// <exception cref="BadInputException">The file is absent, unreadable or violates the format.</exception>
    public static Dictionary<string, string> Read(string path) =>
        StrictJson.ReadObject(UserFile.ReadBytes(path, BytesMax), path, ReadIndex);

    private static Dictionary<string, string> ReadIndex(ref StrictJson json)
    {
        Dictionary<string, string>? map = null;
        while (json.NextProperty())
        {
            if (json.Is("weight_map"u8))
                map = map is null ? ReadMap(ref json) : throw json.Bad("weight_map once", "it twice");
            else
                json.Skip();
        }
        return map is { Count: > 0 } ? map : throw json.Bad("a weight_map with tensors", "none");
    }

    private static Dictionary<string, string> ReadMap(ref StrictJson json)
    {
        var map = new Dictionary<string, string>();
        var shards = new HashSet<string>();
        json.Expect(JsonTokenType.StartObject, "weight_map to be an object");
        for (; json.NextProperty(); json.Part = null)
        {
            var name = json.Text();
            json.Part = $"weight_map: {name}";
            json.Expect(JsonTokenType.String, "a shard's name");
            var shard = json.Text();
            if (!IsPlainName(shard)) throw json.Bad($"the name of a {Ending} file next to the index", shard);
            // Thousands of tensors share a shard; store its name once.
            if (shards.TryGetValue(shard, out var known))
                shard = known;
            else if (shards.Count == ShardsMax)
                throw json.Bad($"at most {ShardsMax} shards", "more");
            else
                shards.Add(shard);
            if (!map.TryAdd(name, shard)) throw json.Bad("the tensor once", "it twice");
            if (map.Count > SafeTensorsHeader.TensorsMax)
                throw json.Bad($"at most {SafeTensorsHeader.TensorsMax} tensors", "more");
        }
        return map;
    }

    private static bool IsPlainName(string shard) =>
        shard.EndsWith(Ending, StringComparison.Ordinal) && shard.IndexOfAny(['/', '\\', ':']) < 0;
}
