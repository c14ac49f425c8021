using System.Text;
using System.Text.Json;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Sharded weights with an index, and their possible errors.</summary>
public sealed class WeightFilesSpecs : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors", Second = "model-00002-of-00002.safetensors";

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-").FullName;

    private string Index => Path.Combine(_folder, WeightFiles.IndexName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Weights_in_one_file_or_many_of_any_name_have_one_digest()
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] all = [("b", arange(6, float32).reshape(2, 3)), ("a", ones(2)), ("c", zeros(3))];
        var one = Digest(all);
        Assert.Equal(one, Digest(all.Reverse()));
        Assert.Equal(one, Digest(all, """{"__metadata__":{"tool":"another"},"""));
        WriteShards(all[..1], all[1..]);
        WriteIndex(("b", First), ("a", Second), ("c", Second));
        using (var shards = WeightFiles.Open(Index)) Assert.Equal(one, shards.Sha256());
        Assert.NotEqual(one, Digest([("b", all[0].Value.reshape(3, 2)), .. all[1..]]));
        Assert.NotEqual(one, Digest([("d", all[0].Value), .. all[1..]]));
        Assert.NotEqual(one, Digest([("b", all[0].Value.to(float16)), .. all[1..]]));
        Assert.NotEqual(one, Digest([("b", all[0].Value + 1), .. all[1..]]));
    }

    [Fact]
    public void A_sharded_model_equals_the_model_in_one_file()
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Config();
        using var original = Tiny.Cut(config, 1);
        var all = original.Parameters.Where(p => p.Name != "lm_head.weight").Select(p => (p.Name, (Tensor)p.Value)).ToList();
        WriteShards(all[..11], all[11..]);
        WriteIndex([.. all.Index().Select(one => (one.Item.Name, one.Index < 11 ? First : Second))]);
        using var weights = HuggingFaceWeights.Open(_folder, config);
        using (var model = new CutModel(config, 3, weights))
            Assert.Equal(original.StateFingerprint(), model.StateFingerprint());

        using var byIndex = HuggingFaceWeights.Open(Index, config);
        SafeTensorsWriter.Write(Path.Combine(_folder, WeightFiles.FileName), [("whole", ones(1))]);
        using var whole = WeightFiles.Open(_folder);
        Assert.Equal(["whole"], whole.Tensors.Keys);
    }

    [Fact]
    public void Every_tensor_in_another_shard_than_the_index_says_is_named()
    {
        using var scope = NewDisposeScope();
        WriteShards([("a", ones(1)), ("b", ones(1)), ("stray", ones(1))], [("c", ones(1)), ("b", ones(1))]);
        WriteIndex(("a", First), ("b", Second), ("c", First), ("d", Second));
        Assert.Equal(
            $"{Index}: b: expected in {Second}, found in {First}; stray: expected in no shard, found in {First}; "
            + $"c: expected in {First}, found no such tensor there; c: expected in {First}, found in {Second}; "
            + $"d: expected in {Second}, found no such tensor there",
            Refusal());
    }

    [Fact]
    public void Every_missing_shard_is_named()
    {
        WriteIndex(("a", First), ("b", Second), ("c", "third.safetensors"));
        using (var scope = NewDisposeScope())
            SafeTensorsWriter.Write(Path.Combine(_folder, Second), [("b", ones(1))]);
        Assert.Equal($"{Index}: expected {First}, third.safetensors next to it, found no such file", Refusal());
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("/a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("..\\\\a.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("a\\u001b.safetensors")]
    public void A_shard_name_that_leaves_the_folder_is_refused(string shard)
    {
        File.WriteAllText(Index, $$$"""{"weight_map":{"wte":"{{{shard}}}"}}""");
        Assert.StartsWith($"{Index}: weight_map: wte: expected ", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"a.safetensors","a":"a.safetensors"}}""", "weight_map: a: expected the tensor once, found it twice")]
    [InlineData("""{"weight_map":{"a":"a.safetensors"},"weight_map":{}}""", "expected weight_map once, found it twice")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map: a: expected a shard's name, found Number")]
    [InlineData("""{"weight_map":[]}""", "expected weight_map to be an object, found StartArray")]
    [InlineData("""{"weight_map":{}}""", "expected a weight_map with tensors, found none")]
    [InlineData("""{"metadata":{"total_size":1}}""", "expected a weight_map with tensors, found none")]
    [InlineData("""{"weight_map":{"a":"a.safetensors"}}}""", "expected a JSON object, found invalid JSON, or JSON nested deeper than 4, after byte 36")]
    [InlineData("""{"metadata":[[[[[]]]]]}""", "expected a JSON object, found invalid JSON, or JSON nested deeper than 4, after byte 15")]
    [InlineData("[]", "expected a JSON object, found StartArray")]
    [InlineData("", "expected a JSON object, found invalid JSON, or JSON nested deeper than 4, after byte 0")]
    public void An_invalid_index_is_refused(string json, string what)
    {
        File.WriteAllText(Index, json);
        Assert.Equal($"{Index}: {what}", Refusal());
    }

    [Fact]
    public void An_oversized_index_is_refused()
    {
        File.WriteAllText(Index, """{"metadata":""" + new string('[', 1_000_000));
        Assert.Contains("deeper than 4", Refusal(), StringComparison.Ordinal);
        WriteIndex([.. Enumerable.Range(0, 1000).Select(i => ($"{i}", $"{i}.safetensors"))]);
        Assert.EndsWith("expected at most 512 shards, found more", Refusal(), StringComparison.Ordinal);
        WriteIndex([.. Enumerable.Range(0, 70_000).Select(i => ($"{i}", First))]);
        Assert.EndsWith("expected at most 65536 tensors, found more", Refusal(), StringComparison.Ordinal);
        using (var file = File.OpenWrite(Index))
            file.SetLength(1L << 40);
        Assert.Equal($"{Index}: expected at most 32000000 bytes, found {1L << 40}", Refusal());
    }

    [Fact]
    public void A_folder_with_another_format_is_refused_by_its_file()
    {
        var file = Path.Combine(_folder, WeightFiles.FileName);
        Assert.Equal($"{file}: expected this file or {WeightFiles.IndexName}, found neither", Refusal());
        File.WriteAllText(Path.Combine(_folder, "pytorch_model.bin"), "");
        Assert.Equal(
            $"{file}: expected this file or {WeightFiles.IndexName}, found only pytorch_model.bin, an unsupported format: "
            + "convert it to safetensors", Refusal());
    }

    private string Digest(IEnumerable<(string Name, Tensor Value)> tensors, string? start = null)
    {
        var path = Path.Combine(_folder, "one.safetensors");
        SafeTensorsWriter.Write(path, tensors);
        if (start is not null)
        {
            var bytes = File.ReadAllBytes(path);
            var length = (int)BitConverter.ToInt64(bytes);
            var header = Encoding.UTF8.GetBytes(start + Encoding.UTF8.GetString(bytes, sizeof(long) + 1, length - 1));
            File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. bytes[(sizeof(long) + length)..]]);
        }

        using var file = WeightFiles.Open(path);
        return file.Sha256();
    }

    private void WriteShards(IEnumerable<(string Name, Tensor Value)> first, IEnumerable<(string Name, Tensor Value)> second)
    {
        SafeTensorsWriter.Write(Path.Combine(_folder, First), first);
        SafeTensorsWriter.Write(Path.Combine(_folder, Second), second);
    }

    private void WriteIndex(params (string Tensor, string Shard)[] map)
    {
        var index = new { metadata = new { total_size = 1 }, weight_map = map.ToDictionary(pair => pair.Tensor, pair => pair.Shard) };
        File.WriteAllText(Index, JsonSerializer.Serialize(index));
    }

    private string Refusal() => Assert.Throws<BadInputException>(() => WeightFiles.Open(_folder)).Message;
}
