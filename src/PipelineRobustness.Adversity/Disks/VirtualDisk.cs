using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Disks;

/// <summary>How fast checkpoints are written, and for how much of that time the stage waits.</summary>
/// <param name="BytesPerSecond">The speed of each machine's disk, to write and to read.</param>
/// <param name="Blocking">The share of a write for which the stage waits, 0 to 1; it trains during the rest.</param>
/// <param name="Keep">Checkpoints that are kept.</param>
public sealed record DiskPlan(double BytesPerSecond, double Blocking = 0, int Keep = 2)
{
    /// <summary>How long so many bytes take.</summary>
    public TimeSpan Takes(long bytes) => TimeSpan.FromSeconds(bytes / BytesPerSecond);
}

/// <summary>
/// A disk that costs only time: it keeps states in memory. For runs without tensors, whose states are a
/// few numbers.
/// </summary>
/// <param name="plan">Its speed.</param>
/// <param name="machines">The machines whose time it takes; called only after the run has begun.</param>
public sealed class VirtualDisk(DiskPlan plan, Func<IMachines> machines) : IStore
{
    private readonly Dictionary<(long Version, Ballot Ballot, int Block), BlockState> _shards = [];
    private readonly List<CheckpointManifest> _whole = [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The state has tensors.</exception>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Parameters.Count > 0) throw new ArgumentException("expected a state without tensors", nameof(state));
        var takes = plan.Takes(state.Bytes);
        machines().Spend(plan.Blocking * takes);
        _shards[(version, ballot, state.Range.Index)] = state;
        machines().After(takes, () => done(new ShardSeal(state.Range.Index, "", "", digest), null));
    }

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(done);
        _whole.Add(manifest);
        _whole.Sort((left, right) => (right.Version, right.Ballot).CompareTo((left.Version, left.Ballot)));
        foreach (var old in _whole.Skip(plan.Keep).ToArray())
        {
            _whole.Remove(old);
            foreach (var shard in old.Shards) _shards.Remove((old.Version, old.Ballot, shard.Block));
        }

        done(null);
    }

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => [.. _whole];

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(range);
        var state = _shards[(manifest.Version, manifest.Ballot, range.Index)];
        machines().Spend(plan.Takes(state.Bytes));
        return state;
    }
}
