using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// When checkpoints are written, and the one that is being written. None begins while another is being written: on a slow disk
/// none would ever be finished.
/// </summary>
internal sealed class CheckpointCadence(RunRules rules)
{
    private TimeSpan _storedAt;

    /// <summary>The checkpoint that is being written.</summary>
    public CheckpointWriting? Writing { get; private set; }

    /// <summary>The version of the newest checkpoint that was written, tried, or gone back to.</summary>
    public long StoredVersion { get; private set; }

    /// <summary>Whether a version can be written and is not.</summary>
    public bool Lacks(long version) => rules.HasStore && StoredVersion != version;

    /// <summary>Begins a checkpoint if one is due. Training continues meanwhile: the state is captured before the next step.</summary>
    public void Proceed(Progress progress, PlacedStages placed, Outbox outbox)
    {
        var (plan, version) = (rules.Plan, progress.Version);
        if (!rules.HasStore || plan.Checkpoint.Every == 0 || version == 0 || version == plan.Iterations || version == StoredVersion) return;
        var isRegular = version % plan.Checkpoint.Every == 0;
        var isLate = plan.Checkpoint.Within > TimeSpan.Zero && progress.Committed.Trained - _storedAt >= plan.Checkpoint.Within;
        if (!isRegular && !isLate) return;
        if (Writing is not { } writing)
        {
            Begin(progress, placed, outbox);
            return;
        }

        AskForShards(placed, outbox);
        if (isRegular) outbox.Report(new CheckpointWritten(version, $"left out, for that of version {writing.Work.Iteration} is still being written"));
    }

    /// <summary>The run is about to end: begins one, unless it is already being written.</summary>
    public void StoreLast(Progress progress, PlacedStages placed, Outbox outbox)
    {
        if (Writing?.Work.Iteration != progress.Version) Begin(progress, placed, outbox);
    }

    /// <summary>The order to write, or its answer, may have been lost: no other checkpoint would ever begin.</summary>
    public void AskForShards(PlacedStages placed, Outbox outbox)
    {
        if (Writing is not { } writing) return;
        outbox.ToStages([.. rules.AllStages.Where(stage => !writing.Has(stage)).Select(stage => placed.Stages[stage])], new WriteShard(writing.Work));
    }

    /// <summary>The current checkpoint is written, or has failed.</summary>
    public void End()
    {
        StoredVersion = Writing!.Work.Iteration;
        Writing = null;
    }

    /// <summary>A recovery abandons it; it is due again.</summary>
    public void Abandon() => Writing = null;

    /// <summary>The run has gone back to a checkpoint.</summary>
    public void GoneBackTo(CheckpointManifest checkpoint) => StoredVersion = checkpoint.Version;

    private void Begin(Progress progress, PlacedStages placed, Outbox outbox)
    {
        var (work, committed) = (progress.Evaluation(0), progress.Committed);
        Writing = new CheckpointWriting(work, committed.At(progress.Ballot, committed.Version, committed.Trained, committed.Detectors));
        _storedAt = committed.Trained;
        outbox.ToStages(placed.Stages, new WriteShard(work));
    }
}

/// <summary>A checkpoint that is being written.</summary>
internal sealed class CheckpointWriting(StepId work, ServerState state)
{
    private readonly SortedDictionary<int, ShardSeal> _shards = [];

    public StepId Work => work;

    public bool Has(int block) => _shards.ContainsKey(block);

    public bool IsComplete => _shards.Count == state.Digests.Length;

    /// <summary>Takes a shard. Returns what is wrong with it, or null.</summary>
    public string? Add(ShardDone shard)
    {
        if (shard.Seal is null || shard.Seal.StateDigest != state.Digests[shard.Block])
            return $"block {shard.Block}: {shard.Error ?? "its state is no longer that of the commit"}";
        _shards[shard.Block] = shard.Seal;
        return null;
    }

    public CheckpointManifest Manifest(string run) => new(run, state.Version, state.Ballot, [.. _shards.Values], state);
}
