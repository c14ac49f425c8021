using System.Security.Cryptography;
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
        var lines = string.Concat(new[] { First, Second }.Select(name =>
            $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, name))))}  {name}\n"));
        Assert.Equal($"{_folder} (sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)))})", weights.Identity);

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
