using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A disk that is full at times: nothing can be written then, but everything can be read.</summary>
/// <param name="disk">The disk.</param>
/// <param name="isFull">Whether it is full now.</param>
public sealed class FailingDisk(IStore disk, Func<bool> isFull) : IStore
{
    private const string Full = "No space left on device";

    /// <inheritdoc/>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(done);
        if (!isFull())
        {
            disk.Write(run, version, ballot, state, digest, done);
            return;
        }

        state.Dispose();
        done(null, Full);
    }

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        if (isFull()) done(Full);
        else disk.Seal(manifest, done);
    }

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => disk.Whole(run, damaged);

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => disk.Read(manifest, range, model);
}
