using System.Collections.Immutable;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Two valid checkpoints of a tiny run. A changed byte in the newer one must be detected, reported in one line with the
/// file's path, and the older one used.
/// </summary>
public sealed class FlippedCheckpoint : IFlipped
{
    private const string Run = "flipped";
    private const int Stages = 3, KeptMax = 2;
    private const long Older = 10, Newer = 20;

    private static readonly Ballot Term = new(3, new NodeId("node-1", 0xc0ffee));

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-flipped-").FullName;
    private readonly CheckpointStore _store;
    private readonly byte[][] _bytes;

    /// <summary>Writes both checkpoints.</summary>
    public FlippedCheckpoint()
    {
        _store = new CheckpointStore(_folder, KeptMax);
        Write(Older);
        Write(Newer);
        Files = [.. Directory.EnumerateFiles(_store.FolderOf(Newer, Term)).Order(StringComparer.Ordinal)];
        _bytes = [.. Files.Select(File.ReadAllBytes)];
        if (!Found([]).SequenceEqual([Newer, Older]))
            throw new InvalidDataException("two written checkpoints were not found");
    }

    /// <summary>The files of the newer checkpoint.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The change was not detected, or not reported in one line with the file's path.</exception>
    public string Flip(int file, int at, int value)
    {
        var (path, good) = (Files[file % Files.Count], _bytes[file % Files.Count]);
        var (offset, change) = (at % good.Length, (byte)(1 + value % byte.MaxValue));
        try
        {
            Put(path, offset, (byte)(good[offset] ^ change));
            var reported = new List<string>();
            var whole = Found(reported);
            if (!whole.SequenceEqual([Older]) || reported.Count != 1 || !reported[0].Contains(path, StringComparison.Ordinal)
                || reported[0].Any(char.IsControl))
            {
                throw new InvalidDataException(
                    $"byte {offset} of {path}: whole are {string.Join(", ", whole)}, reported was: {string.Join(" | ", reported)}");
            }
            return Path.GetFileName(path);
        }
        finally
        {
            Put(path, offset, good[offset]);
        }
    }

    /// <inheritdoc/>
    public bool IsWhole() => Found([]).SequenceEqual([Newer, Older]);

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Put(string path, int offset, byte value)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, [value], offset);
    }

    private List<long> Found(List<string> reported) => [.. _store.Whole(Run, reported.Add).Select(manifest => manifest.Version)];

    private void Write(long version)
    {
        var workload = new Workload(Layers: Stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 1, MicroBatchSize: 1);
        var weights = new SeededWeights(workload.Model, (ulong)version);
        var seals = ImmutableArray.CreateBuilder<ShardSeal>();
        foreach (var range in Cut.Balanced(workload.Model, Stages))
        {
            using var trainer = new BlockTrainer(new Block(workload.Model, range, weights), new AdamWSettings(0.9, 0.999, 1e-8, 0.01));
            _store.Write(Run, version, Term, trainer.Capture(), trainer.StateDigest(), (seal, error) =>
                seals.Add(seal ?? throw new InvalidDataException(error)));
        }
        var state = new ServerState(
            Term, version, [.. Enumerable.Range(1, Stages).Select(node => new NodeId($"node-{node}"))], version + 1,
            [.. seals.Select(seal => seal.StateDigest)], TimeSpan.FromSeconds(12.5), 42, [], Rulings.None);
        _store.Seal(new CheckpointManifest(Run, version, Term, seals.ToImmutable(), state), error =>
        {
            if (error is not null) throw new InvalidDataException(error);
        });
    }
}
