using System.Runtime.InteropServices;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>16-bit numbers are converted to float32 exactly, and large tensors are processed in chunks.</summary>
public sealed class ElementTypeSpecs : IDisposable
{
    private const int Patterns = 1 << 16;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Every_float16_value_is_read_exactly() =>
        AllAreRead(float16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [Fact]
    public void Every_bfloat16_value_is_read_exactly() =>
        AllAreRead(bfloat16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    /// <summary>Three chunks, the last one shorter, followed by another tensor.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void A_tensor_larger_than_a_chunk_is_written_and_read_completely(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var count = 2 * TensorBytes.ChunkBytes / sizeof(float) + 3;
        // These integers are exact in all three types, and differ between adjacent chunks.
        var expected = arange(count, dtype: int32).remainder(127).to(float32).view(1, count);
        SafeTensorsWriter.Write(_path, [("large", expected.to(type)), ("following", ones(2, type))]);
        using var file = SafeTensorsFile.Open(_path);
        var (large, following) = (zeros(1, count), zeros(2));
        file.ReadInto("large", large);
        file.ReadInto("following", following);
        Assert.True(large.bytes.SequenceEqual(expected.bytes));
        Assert.Equal([1, 1], following.data<float>().ToArray());
        Assert.True(file.Read("large").bytes.SequenceEqual(expected.to(type).bytes));
    }

    /// <summary>Run explicitly only, since it takes 2 GB of memory and 4 GB of disk space.</summary>
    [Fact(Explicit = true)]
    public void A_tensor_larger_than_a_span_is_written_and_read_completely()
    {
        using var scope = NewDisposeScope();
        var expected = zeros(int.MaxValue / sizeof(float) + 4L);
        expected[-1].fill_(7);
        SafeTensorsWriter.Write(_path, [("giant", expected)]);
        using var file = SafeTensorsFile.Open(_path);
        Assert.True(file.Tensors["giant"].Length > int.MaxValue);
        expected.fill_(3);
        file.ReadInto("giant", expected);
        Assert.Equal(7, expected.sum().item<float>());
        Assert.Equal(7, expected[-1].item<float>());
    }

    [Fact]
    public void A_non_contiguous_tensor_is_written_in_the_order_of_its_elements()
    {
        using var scope = NewDisposeScope();
        var turned = arange(12).to(float32).view(3, 4).t();
        SafeTensorsWriter.Write(_path, [("t", turned)]);
        using var file = SafeTensorsFile.Open(_path);
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], file.Read("t").data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => file.ReadInto("t", zeros(3, 4).t()));
    }

    [Fact]
    public void Other_element_types_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        SafeTensorsWriter.Write(_path, [("whole", ones(2, int64)), ("wide", ones(2, float64))]);
        using var file = SafeTensorsFile.Open(_path);
        foreach (var (name, type) in new[] { ("whole", "I64"), ("wide", "F64") })
            Assert.Equal($"{_path}: {name}: expected dtype F32, F16 or BF16, found {type}",
                Assert.Throws<BadInputException>(() => file.ReadInto(name, zeros(2))).Message);
    }

    private void AllAreRead(ScalarType type, Func<ushort, float> expected)
    {
        using var scope = NewDisposeScope();
        var bits = Enumerable.Range(0, Patterns).Select(pattern => (ushort)pattern).ToArray();
        var tensor = zeros(Patterns, type);
        MemoryMarshal.AsBytes<ushort>(bits).CopyTo(tensor.bytes);
        SafeTensorsWriter.Write(_path, [("all", tensor)]);
        using var file = SafeTensorsFile.Open(_path);
        var read = zeros(Patterns);
        file.ReadInto("all", read);
        foreach (var (pattern, found) in read.data<float>().ToArray().Index())
        {
            var wanted = expected((ushort)pattern);
            Assert.True(
                float.IsNaN(wanted) ? float.IsNaN(found) : BitConverter.SingleToUInt32Bits(found) == BitConverter.SingleToUInt32Bits(wanted),
                $"{pattern:x4}: expected {wanted}, found {found}");
        }
    }
}
