using System.Collections.Immutable;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Two whole checkpoints of a tiny run. Of a file of the newer one a byte is changed: that must be noticed, told in one line
/// that names the file, and the older one taken.
/// </summary>
public sealed class FlippedCheckpoint : IDisposable
{
    private const string Run = "flipped";
    private const int Stages = 3, KeptMost = 2;
    private const long Older = 10, Newer = 20;

    private static readonly Ballot Term = new(3, new NodeId("node-1", 0xc0ffee));

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-flipped-").FullName;
    private readonly CheckpointStore _store;
    private readonly byte[][] _bytes;

    /// <summary>Writes both.</summary>
    public FlippedCheckpoint()
    {
        _store = new CheckpointStore(_folder, KeptMost);
        Write(Older);
        Write(Newer);
        Files = [.. Directory.EnumerateFiles(_store.FolderOf(Newer, Term)).Order(StringComparer.Ordinal)];
        _bytes = [.. Files.Select(File.ReadAllBytes)];
        if (!Found([]).SequenceEqual([Newer, Older]))
            throw new InvalidDataException("two checkpoints were written and are not found");
    }

    /// <summary>The newer checkpoint's files.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Changes a byte, looks, and puts it back. Every place and value means something: they are taken modulo what there is.</summary>
    /// <param name="file">Of which file, from 0.</param>
    /// <param name="at">Where, from 0.</param>
    /// <param name="value">To which of the 255 other values, from 0.</param>
    /// <returns>The name of the file.</returns>
    /// <exception cref="InvalidDataException">It went unnoticed, or was told otherwise than in one line that names the file.</exception>
    public string Flip(int file, int at, int value)
    {
        var (path, good) = (Files[file % Files.Count], _bytes[file % Files.Count]);
        var (offset, change) = (at % good.Length, (byte)(1 + value % byte.MaxValue));
        try
        {
            Put(path, offset, (byte)(good[offset] ^ change));
            var told = new List<string>();
            var whole = Found(told);
            if (!whole.SequenceEqual([Older]) || told.Count != 1 || !told[0].Contains(path, StringComparison.Ordinal) || told[0].Any(char.IsControl))
            {
                throw new InvalidDataException(
                    $"byte {offset} of {path}: whole are {string.Join(", ", whole)}, told was: {string.Join(" | ", told)}");
            }
            return Path.GetFileName(path);
        }
        finally
        {
            Put(path, offset, good[offset]);
        }
    }

    /// <summary>Whether both checkpoints are whole, now that every byte was put back.</summary>
    public bool IsWhole() => Found([]).SequenceEqual([Newer, Older]);

    /// <summary>Removes the folder.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Put(string path, int offset, byte value)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, [value], offset);
    }

    private List<long> Found(List<string> told) => [.. _store.Whole(Run, told.Add).Select(manifest => manifest.Version)];

    private void Write(long version)
    {
        var workload = new Workload(Layers: Stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 1, MicroBatchSize: 1);
        var weights = new SeededWeights(workload.Model, (ulong)version);
        var seals = ImmutableArray.CreateBuilder<ShardSeal>();
        foreach (var range in Cut.Balanced(workload.Model, Stages))
        {
            using var trainer = new BlockTrainer(new Block(workload.Model, range, weights), new AdamWSettings(0.9, 0.999, 1e-8, 0.01));
            _store.Write(Run, version, Term, trainer.Capture(), trainer.StateDigest(), (seal, trouble) =>
                seals.Add(seal ?? throw new InvalidDataException(trouble)));
        }
        var state = new ServerState(
            Term, version, [.. Enumerable.Range(1, Stages).Select(node => new NodeId($"node-{node}"))], version + 1,
            ImmutableDictionary<int, string>.Empty.Add(1, "lied"), [.. seals.Select(seal => seal.StateDigest)], TimeSpan.FromSeconds(12.5), 42, "note", []);
        _store.Seal(new CheckpointManifest(Run, version, Term, seals.ToImmutable(), state), trouble =>
        {
            if (trouble is not null) throw new InvalidDataException(trouble);
        });
    }
}
