using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>The safetensors format, and untrusted files.</summary>
public sealed class SafeTensorsSpecs : IDisposable
{
    private const string Whole = """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}""";

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Written_tensors_are_read_unchanged()
    {
        using var scope = NewDisposeScope();
        Tensor[] tensors = [randn(3, 4), randn(5).requires_grad_(true), arange(6).view(2, 3).to(int64).t(), zeros(0, 7), tensor(1.5f)];
        SafeTensorsWriter.Write(_path, tensors.Select((tensor, index) => ($"t\"{index}", tensor)));
        using var file = SafeTensorsFile.Open(_path);
        foreach (var (index, expected) in tensors.Index())
        {
            var read = file.Read($"t\"{index}");
            Assert.Equal(expected.shape, read.shape);
            Assert.Equal(expected.dtype, read.dtype);
            Assert.True(expected.detach().contiguous().bytes.SequenceEqual(read.bytes));
        }
        Assert.Throws<BadInputException>(() => file.Read("absent"));
    }

    [Fact]
    public void The_uncorrupted_sample_is_a_valid_file()
    {
        Write(Whole, 32);
        using var file = SafeTensorsFile.Open(_path);
        Assert.Equal(["a", "b"], file.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "more data than tensors")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "less data than tensors")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[8,0]}}""", "backwards")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[-12,0]}}""", "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-3,-1],"data_offsets":[0,12]}}""", "negative shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,12]}}""", "shape that overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e3],"data_offsets":[0,12]}}""", "shape that is no whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,12]}}""", "number beyond 64 bits")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", "huge")]
    [InlineData("""{"a":{"dtype":"F33","shape":[3],"data_offsets":[0,12]}}""", "unknown type")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0]}}""", "one offset")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12],"c":1}}""", "unknown field")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "field twice")]
    [InlineData("""{"a":{"shape":[3],"data_offsets":[0,12]}}""", "no type")]
    [InlineData("""{"a":[]}""", "no object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "name twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,3],"data_offsets":[0,12]}}""", "many dimensions")]
    [InlineData("""{"__metadata__":{"a":{"b":{"c":{}}}}}""", "deep")]
    [InlineData("""{}{}""", "two objects")]
    [InlineData("[]", "list")]
    [InlineData("", "empty")]
    [InlineData("{", "open")]
    public void An_invalid_header_is_refused_in_one_line_with_the_path(string header, string what)
    {
        Write(header, 12);
        Assert.True(Refused(), what);
    }

    [Fact]
    public void Deeply_nested_and_endless_headers_are_refused()
    {
        Write(string.Concat(Enumerable.Repeat("""{"a":""", 100_000)), 12);
        Assert.True(Refused());
        Write(new string('[', 1_000_000), 12);
        Assert.True(Refused());
        const string empty = "\":" + """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""";
        Write("{\"" + new string('x', 100_000) + empty + "}", 0);
        Assert.True(Refused());
        Write("{" + string.Join(",", Enumerable.Range(0, 70_000).Select(i => $"\"{i}{empty}")) + "}", 0);
        Assert.True(Refused());
    }

    [Theory, InlineData(ulong.MaxValue), InlineData(1UL << 63), InlineData(1UL << 40), InlineData(33UL)]
    public void A_false_header_length_takes_no_memory(ulong length)
    {
        Write(Whole, 32);
        using (var file = File.OpenWrite(_path))
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            file.Write(bytes);
        }
        Assert.True(Refused());
    }

    [Fact]
    public void A_file_truncated_anywhere_is_refused()
    {
        Write(Whole, 32);
        var whole = File.ReadAllBytes(_path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.True(Refused(), $"cut to {length}");
        }
        File.WriteAllBytes(_path, [.. whole, 0]);
        Assert.True(Refused(), "a byte too many");
    }

    [Fact]
    public void A_file_with_changed_bytes_is_read_or_refused()
    {
        using var scope = NewDisposeScope();
        Write(Whole, 32);
        var whole = File.ReadAllBytes(_path);
        var changes = (from at in Gen.Choose(0, whole.Length - 33)
                       from value in Gen.Choose(0, 255)
                       from second in Gen.Choose(0, whole.Length - 33)
                       from other in Gen.Elements("0123456789-+.eE[]{},:\" \\"u8.ToArray())
                       select (at, (byte)value, second, other)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(changes, change =>
        {
            var bytes = whole.ToArray();
            bytes[change.at] = change.Item2;
            bytes[change.second] = change.other;
            File.WriteAllBytes(_path, bytes);
            return Refused() || ReadsWithin(bytes.Length);
        }));
    }

    private void Write(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(_path, bytes);
    }

    private bool Refused()
    {
        try
        {
            SafeTensorsFile.Open(_path).Dispose();
            return false;
        }
        catch (BadInputException e)
        {
            return e.Message.Contains(_path, StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal);
        }
    }

    private bool ReadsWithin(long length)
    {
        using var file = SafeTensorsFile.Open(_path);
        return file.Tensors.Values.Sum(entry => entry.Length) <= length;
    }
}
