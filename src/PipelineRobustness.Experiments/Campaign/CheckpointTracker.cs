using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Wraps a disk and records which checkpoints were completed on it.</summary>
internal sealed class CheckpointTracker(IStore disk) : IStore
{
    private long? _newest;

    /// <summary>The newest version with a checkpoint; null where there is none.</summary>
    public long? Newest => _newest;

    /// <inheritdoc/>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
        disk.Write(run, version, ballot, state, digest, done);

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done) => disk.Seal(manifest, error =>
    {
        if (error is null) _newest = Math.Max(_newest ?? 0, manifest.Version);
        done(error);
    });

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => disk.Whole(run, damaged);

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => disk.Read(manifest, range, model);
}
