using System.Buffers.Binary;
using System.Text;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using static TorchSharp.torch;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Small weight files, whole or in two shards, that are corrupted and read repeatedly. They must be read or refused in
/// one line with the path, with little memory.
/// </summary>
public sealed class HostileWeightFiles : IDisposable
{
    /// <summary>Managed bytes that may be allocated per byte of the files: a name of one byte costs an entry of two hundred.</summary>
    public const int BytesPerByte = 16;

    /// <summary>Managed bytes that may be allocated in addition.</summary>
    public const int BytesInAddition = 128 << 10;

    private const int LengthBytes = sizeof(long);

    private static readonly string[] Headers =
    [
        """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[],"data_offsets":[24,26]}}""",
        """{"__metadata__":{"format":"pt"},"c":{"dtype":"BF16","shape":[3,0],"data_offsets":[0,0]},"d":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""",
    ];

    private static readonly int[] DataBytes = [26, 16];

    private static readonly string[] Shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

    private static readonly byte[] Index = Encoding.UTF8.GetBytes(
        $$$"""{"metadata":{"total_size":42},"weight_map":{"a":"{{{Shards[0]}}}","b":"{{{Shards[0]}}}","c":"{{{Shards[1]}}}","d":"{{{Shards[1]}}}"}}""");

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-hostile-").FullName;

    /// <summary>Creates an empty folder.</summary>
    public HostileWeightFiles() => Path = _folder;

    /// <summary>The path to open.</summary>
    public string Path { get; private set; }

    /// <summary>Bytes on disk.</summary>
    public long Length { get; private set; }

    /// <summary>The managed bytes allocated by the last opening.</summary>
    public long Allocated { get; private set; }

    /// <summary>Writes one file.</summary>
    /// <param name="header">Changes to the header, whose length is corrected afterwards.</param>
    /// <param name="file">Changes to the whole file.</param>
    public void WriteWhole(IEnumerable<Corruption> header, IEnumerable<Corruption> file) =>
        Length = Write(Path = System.IO.Path.Combine(_folder, WeightFiles.FileName), Corrupted(Bytes(0, header), file));

    /// <summary>Writes an index and two shards.</summary>
    /// <param name="index">Changes to the index.</param>
    /// <param name="header">Changes to the second shard's header, whose length is corrected afterwards.</param>
    /// <param name="file">Changes to the whole second shard.</param>
    public void WriteShards(IEnumerable<Corruption> index, IEnumerable<Corruption> header, IEnumerable<Corruption> file)
    {
        Length = Write(System.IO.Path.Combine(_folder, Shards[0]), Bytes(0, []));
        Length += Write(System.IO.Path.Combine(_folder, Shards[1]), Corrupted(Bytes(1, header), file));
        Length += Write(Path = System.IO.Path.Combine(_folder, WeightFiles.IndexName), Corrupted(Index, index));
    }

    /// <summary>Whether all tensors were read; otherwise the files were refused correctly.</summary>
    /// <exception cref="InvalidDataException">The reader behaved incorrectly.</exception>
    public bool Reads()
    {
        var reads = ReadsOrRefuses();
        return Allocated <= BytesInAddition + BytesPerByte * Length ? reads
            : throw new InvalidDataException($"{Allocated} bytes allocated for {Length}");
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private bool ReadsOrRefuses()
    {
        try
        {
            using var checkpoint = Opened();
            var bytes = checkpoint.Tensors.Values.Sum(entry => entry.Length);
            if (bytes > Length) throw new InvalidDataException($"tensors of {bytes} bytes in {Length}");
            using var scope = NewDisposeScope();
            foreach (var (name, entry) in checkpoint.Tensors)
                checkpoint.ReadInto(name, empty([.. entry.Shape], float32));
            return true;
        }
        catch (BadInputException e) when (e.Message.Contains(_folder, StringComparison.Ordinal) && !e.Message.Any(char.IsControl))
        {
            return false;
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            throw new InvalidDataException($"{e.GetType().Name}: {e.Message}", e);
        }
    }

    private WeightFiles Opened()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return WeightFiles.Open(Path);
        }
        finally
        {
            Allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static byte[] Bytes(int shard, IEnumerable<Corruption> changes)
    {
        var header = Corrupted(Encoding.UTF8.GetBytes(Headers[shard]), changes);
        var length = new byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. new byte[DataBytes[shard]]];
    }

    private static byte[] Corrupted(byte[] good, IEnumerable<Corruption> changes) =>
        changes.Aggregate(good, (bytes, change) => change.Apply(bytes));

    /// <summary>Writes in place, since creating a file takes longer than reading it.</summary>
    private static int Write(string path, byte[] bytes)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.SetLength(file, bytes.Length);
        RandomAccess.Write(file, bytes, 0);
        return bytes.Length;
    }
}
