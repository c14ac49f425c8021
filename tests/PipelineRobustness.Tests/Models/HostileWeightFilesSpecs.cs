using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Tests.Models;

/// <summary>Corrupted weight files are read or refused in one line, with little memory.</summary>
public sealed class HostileWeightFilesSpecs : IDisposable
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static readonly Gen<Corruption> Change =
        from kind in Gen.Choose(0, Corruption.Kinds - 1)
        from at in Gen.Choose(0, int.MaxValue - 1)
        from value in Gen.Choose(0, int.MaxValue - 1)
        select new Corruption((CorruptionKind)kind, at, value);

    private static readonly Arbitrary<(Corruption[] Header, Corruption[] File, Corruption[] Index)> Changes =
        (from header in Upto(3)
         from file in Gen.Frequency((3, Gen.Constant(Array.Empty<Corruption>())), (1, Upto(2)))
         from index in Upto(3)
         select (header, file, index)).ToArbitrary();

    private readonly HostileWeightFiles _checkpoint = new();

    public void Dispose() => _checkpoint.Dispose();

    [Fact]
    public void Uncorrupted_weight_files_are_read()
    {
        _checkpoint.WriteWhole([], []);
        Assert.True(_checkpoint.Reads());
        _checkpoint.WriteShards([], [], []);
        Assert.True(_checkpoint.Reads());
    }

    [Fact]
    public void A_corrupted_file_is_read_or_refused() => Check.One(Often, Prop.ForAll(Changes, changes =>
    {
        _checkpoint.WriteWhole(changes.Header, changes.File);
        _checkpoint.Reads();
    }));

    [Fact]
    public void A_corrupted_index_or_shard_is_read_or_refused() => Check.One(Often, Prop.ForAll(Changes, changes =>
    {
        _checkpoint.WriteShards(changes.Index, changes.Header, changes.File);
        _checkpoint.Reads();
    }));

    /// <summary>The memory kept for a header is at most its size plus a constant, even for short names, which cost a whole entry.</summary>
    [Fact]
    public void A_giant_header_takes_memory_of_its_own_size_plus_a_constant()
    {
        const long constant = 64 << 20;
        var path = Path.GetTempFileName();
        try
        {
            foreach (var name in new[] { "", new string('x', 110), new string('x', 1000) })
            {
                var header = Encoding.ASCII.GetBytes("{" + string.Join(",", Enumerable.Range(0, 1 << 16).Select(i =>
                    $"\"{name}{i}\":" + """{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""")) + "}");
                File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header]);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var read = Record.Exception(() => SafeTensorsFile.Open(path).Dispose());
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, header.Length + constant);
                Assert.Equal(name.Length > 1 << 7, read is BadInputException);
                Assert.Equal(name.Length <= 1 << 7, read is null);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Gen<Corruption[]> Upto(int most) =>
        from count in Gen.Choose(0, most)
        from changes in Change.ArrayOf(count)
        select changes;
}
