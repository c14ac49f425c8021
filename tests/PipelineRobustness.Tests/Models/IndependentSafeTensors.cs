using System.Text.Json;

namespace PipelineRobustness.Tests.Models;

/// <summary>A reader of safetensors files, written from the format's specification without product code.</summary>
internal sealed record IndependentSafeTensors(
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyDictionary<string, (string Type, long[] Shape, byte[] Bytes)> Tensors,
    long DataStart)
{
    public static IndependentSafeTensors Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var headerLength = reader.ReadUInt64();
        var header = reader.ReadBytes(checked((int)headerLength));
        Assert.Equal((byte)'{', header[0]);
        var data = reader.ReadBytes(checked((int)(reader.BaseStream.Length - reader.BaseStream.Position)));
        using var json = JsonDocument.Parse(header);
        var metadata = new Dictionary<string, string>();
        var tensors = new Dictionary<string, (string, long[], byte[])>();
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var item in property.Value.EnumerateObject())
                    metadata.Add(item.Name, item.Value.GetString()!);
                continue;
            }
            Assert.Equal(["data_offsets", "dtype", "shape"], property.Value.EnumerateObject().Select(field => field.Name).Order());
            var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32()).ToArray();
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64()).ToArray();
            tensors.Add(property.Name, (property.Value.GetProperty("dtype").GetString()!, shape, data[offsets[0]..offsets[1]]));
        }
        Assert.Equal(data.Length, tensors.Values.Sum(tensor => tensor.Item3.Length));
        return new IndependentSafeTensors(metadata, tensors, sizeof(ulong) + (long)headerLength);
    }
}
