using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>A stage of a large model reads only its own tensors.</summary>
public sealed class PartialReadSpecs : IDisposable
{
    private const string Counters = "/proc/self/io";
    private const long Slack = 1 << 20;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    /// <summary>Uses a sparse file of 6 GB.</summary>
    [Fact]
    public void A_block_of_gpt2_xl_reads_only_its_own_tensors()
    {
        Assert.SkipUnless(File.Exists(Counters), $"cannot count bytes read: {Counters} is absent");
        Assert.True(Presets.TryGet("gpt2-xl", out var config));
        WriteSparse([.. Keys(config)]);
        var (readBefore, allocatedBefore) = (BytesRead(), GC.GetAllocatedBytesForCurrentThread());
        using var weights = HuggingFaceWeights.Open(_path, config);
        Assert.InRange(BytesRead() - readBefore, 0, Slack);

        var own = Keys(config).Where(key => key.Name.StartsWith("transformer.h.47.", StringComparison.Ordinal)).ToList();
        foreach (var (name, shape) in own)
        {
            using var scope = NewDisposeScope();
            weights.Fill(name, empty(shape));
        }
        var bytes = own.Sum(key => Bytes(key.Shape));
        Assert.InRange(BytesRead() - readBefore, bytes, bytes + 2 * Slack);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, 0, 2 * Slack);
    }

    private static IEnumerable<(string Name, long[] Shape)> Keys(ModelConfig config)
    {
        long hidden = config.Hidden, inner = 4 * hidden;
        yield return ("transformer.wte.weight", [config.VocabularySize, hidden]);
        yield return ("transformer.wpe.weight", [config.Positions, hidden]);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var (part, shape) in new (string, long[])[]
            {
                ("ln_1.weight", [hidden]), ("ln_1.bias", [hidden]), ("ln_2.weight", [hidden]), ("ln_2.bias", [hidden]),
                ("attn.c_attn.weight", [hidden, 3 * hidden]), ("attn.c_attn.bias", [3 * hidden]),
                ("attn.c_proj.weight", [hidden, hidden]), ("attn.c_proj.bias", [hidden]),
                ("mlp.c_fc.weight", [hidden, inner]), ("mlp.c_fc.bias", [inner]),
                ("mlp.c_proj.weight", [inner, hidden]), ("mlp.c_proj.bias", [hidden]),
            })
                yield return ($"transformer.h.{layer}.{part}", shape);
        }
        yield return ("transformer.ln_f.weight", [hidden]);
        yield return ("transformer.ln_f.bias", [hidden]);
    }

    private static long Bytes(long[] shape) => sizeof(float) * shape.Aggregate((product, dimension) => product * dimension);

    private void WriteSparse(List<(string Name, long[] Shape)> keys)
    {
        var (entries, end) = (new List<string>(), 0L);
        foreach (var (name, shape) in keys)
        {
            entries.Add($$"""
                "{{name}}":{"dtype":"F32","shape":[{{string.Join(',', shape)}}],"data_offsets":[{{end}},{{end + Bytes(shape)}}]}
                """);
            end += Bytes(shape);
        }
        var header = Encoding.ASCII.GetBytes($"{{{string.Join(',', entries)}}}");
        using var file = File.OpenWrite(_path);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write([.. length, .. header]);
        file.SetLength(file.Position + end);
    }

    /// <summary>The bytes that this process has requested from the kernel, from disk or cache.</summary>
    private static long BytesRead() => long.Parse(
        File.ReadLines(Counters).First(line => line.StartsWith("rchar: ", StringComparison.Ordinal))["rchar: ".Length..], CultureInfo.InvariantCulture);
}
