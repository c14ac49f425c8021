using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// A run's checkpoints, without those that are newer than its recorded events (after a full disk, or a machine's death): a run
/// resumed from one would leave a gap in the events.
/// </summary>
internal sealed class RecordedStore(IStore store, RunRecord record) : IStore, IDisposable
{
    /// <inheritdoc/>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
        store.Write(run, version, ballot, state, digest, done);

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged)
    {
        foreach (var manifest in store.Whole(run, damaged))
        {
            var recorded = record.Iterations;
            if (manifest.Version <= recorded)
                yield return manifest;
            else
                damaged($"the checkpoint after iteration {manifest.Version} of run {run}: expected the events up to there, found {recorded} iterations");
        }
    }

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => store.Read(manifest, range, model);

    /// <inheritdoc/>
    public void Dispose() => (store as IDisposable)?.Dispose();
}
