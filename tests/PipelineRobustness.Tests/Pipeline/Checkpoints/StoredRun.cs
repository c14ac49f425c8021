using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Models;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A folder of checkpoints, and what stages and server do to fill it.</summary>
internal sealed class StoredRun : IDisposable
{
    public const string Name = "run";

    private readonly string _temporary = Directory.CreateTempSubdirectory("pipeline-checkpoints-").FullName;

    public StoredRun(int keep = 10) => Store = new CheckpointStore(Folder, keep);

    /// <summary>Not there before something is written.</summary>
    public string Folder => Path.Combine(_temporary, "checkpoints", Name);

    public CheckpointStore Store { get; }

    /// <summary>What the store reported about incomplete checkpoints.</summary>
    public List<string> Errors { get; } = [];

    public static Ballot Ballot(long counter, string node = "node-1") => new(counter, new NodeId(node, 7));

    /// <summary>A model that was trained briefly, so that moments and step counts are not zero.</summary>
    public static CutModel Trained(int stages, bool tied = true, int iterations = 2)
    {
        var model = Tiny.Cut(Tiny.Config(tied: tied), stages);
        for (var iteration = 0; iteration < iterations; iteration++)
            model.Train(Tiny.Windows(), iteration, Tiny.MicroBatches, 1e-2, Tiny.Clip);
        return model;
    }

    /// <summary>Another cut of the same shape, restored from a checkpoint.</summary>
    public static CutModel Restored(IStore store, CheckpointManifest manifest, int stages, bool tied = true)
    {
        var model = Tiny.Cut(Tiny.Config(tied: tied), stages, seed: 99);
        foreach (var trainer in model.Trainers)
        {
            using var state = store.Read(manifest, trainer.Block.Range, trainer.Block.Config);
            Assert.Equal(trainer.Block.Range, state.Range);
            trainer.Restore(state);
            Assert.Equal(state.Digest(), trainer.StateDigest());
        }
        return model;
    }

    public static CheckpointManifest Manifest(long version, Ballot ballot, IEnumerable<ShardSeal> seals) => new(
        Name, version, ballot, [.. seals], new ServerState(
            ballot, version, [new NodeId("node-1", ulong.MaxValue), new NodeId("node \"2\"\n\u20ac")], version + 3,
            [UInt128.MaxValue, 0, 5],
            TimeSpan.FromTicks(123_456_789_012), 1L << 60, [new DetectorState([1, 2, 255], []), DetectorState.Empty], Rulings.None));

    /// <summary>Writes every block; each answers with a seal or with what went wrong.</summary>
    public static List<(ShardSeal? Seal, string? Error)> Write(IStore store, CutModel model, long version, Ballot ballot)
    {
        var answers = new List<(ShardSeal?, string?)>();
        foreach (var trainer in model.Trainers)
            store.Write(Name, version, ballot, trainer.Capture(), trainer.StateDigest(), (seal, error) => answers.Add((seal, error)));
        return answers;
    }

    /// <summary>Writes a manifest.</summary>
    /// <returns>The error, or null.</returns>
    public static string? Seal(IStore store, CheckpointManifest manifest)
    {
        var errors = new List<string?>();
        store.Seal(manifest, errors.Add);
        return Assert.Single(errors);
    }

    /// <summary>Writes and seals a valid checkpoint.</summary>
    public CheckpointManifest Save(CutModel model, long version, Ballot ballot)
    {
        var manifest = Manifest(version, ballot, Write(Store, model, version, ballot).Select(answer => answer.Seal!));
        Assert.Null(Seal(Store, manifest));
        return manifest;
    }

    /// <summary>Versions and ballots of the complete checkpoints.</summary>
    public List<(long Version, Ballot Ballot)> Whole() =>
        [.. Store.Whole(Name, Errors.Add).Select(manifest => (manifest.Version, manifest.Ballot))];

    public string File(CheckpointManifest manifest, string name) => Path.Combine(Store.FolderOf(manifest.Version, manifest.Ballot), name);

    public void Dispose() => Directory.Delete(_temporary, recursive: true);
}
