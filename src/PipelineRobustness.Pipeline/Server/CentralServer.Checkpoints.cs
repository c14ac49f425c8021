using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <content>Checkpoints: every owner hands its block to the store, and a manifest over all of them makes it one.</content>
internal partial class CentralServer
{
    private Writing? _checkpoint;
    private long _storedVersion;
    private TimeSpan _storedAt;

    // None is begun while another is being written: on a slow disk none would ever be finished. One that a failure cut short is begun anew.
    private void StoreIfDue()
    {
        if (_setup.Ports.Store is null || Plan.CheckpointEvery == 0) return;
        if (_version == 0 || _version == Plan.Iterations || _version == _storedVersion) return;
        var regular = _version % Plan.CheckpointEvery == 0;
        var late = Plan.CheckpointWithin > TimeSpan.Zero && _trained - _storedAt >= Plan.CheckpointWithin;
        if (!regular && !late) return;
        if (_checkpoint is not { } writing)
        {
            BeginCheckpoint();
            return;
        }

        AskForShards();
        if (regular) Tell(new CheckpointWritten(_version, $"left out, for that of version {writing.Work.Iteration} is still being written"));
    }

    // Training goes on meanwhile: what is written was captured before the next step.
    private void BeginCheckpoint()
    {
        var work = new StepId(_ballot, _version, Purpose.Evaluation, _replay, 0, 0);
        var state = new ServerState(_ballot, _version, _placement, _attempts, NobodyQuarantined, _digests, _trained, _eventLogLength, "", _detectors);
        _checkpoint = new Writing(work, state);
        _storedAt = _trained;
        Broadcast(new WriteShard(work));
    }

    // The order to write, or the word that it is done, may have been lost: no other would ever be begun.
    private void AskForShards()
    {
        if (_checkpoint is not { } writing) return;
        for (var stage = 0; stage < Plan.Stages; stage++)
            if (!writing.Shards.ContainsKey(stage)) _stages[stage].Tell(new WriteShard(writing.Work));
    }

    // An interrupted run leaves its very last version.
    private bool StoreLast()
    {
        if (_setup.Ports.Store is null || _storedVersion == _version) return false;
        Enter(Phase.Storing, Always, () => $"the checkpoint of version {_version} to be written");
        if (_checkpoint?.Work.Iteration != _version) BeginCheckpoint();
        return true;
    }

    private void Note(ShardDone shard)
    {
        if (_checkpoint is not { } writing || shard.Work != writing.Work) return;
        Heard();
        if (shard.Seal is null || shard.Seal.StateDigest != writing.State.Digests[shard.Block])
        {
            EndCheckpoint($"block {shard.Block}: {shard.Trouble ?? "its state is no longer that of the commit"}");
            return;
        }

        writing.Shards[shard.Block] = shard.Seal;
        if (writing.Shards.Count < Plan.Stages) return;
        var self = Self;
        var manifest = new CheckpointManifest(Plan.Name, writing.State.Version, writing.State.Ballot, [.. writing.Shards.Values], writing.State);
        _setup.Ports.Store!.Seal(manifest, trouble => self.Tell(new Sealed(writing.Work, trouble), self));
    }

    private void Note(Sealed done)
    {
        if (_checkpoint?.Work == done.Work) EndCheckpoint(done.Trouble);
    }

    private void EndCheckpoint(string? trouble)
    {
        var version = _checkpoint!.Work.Iteration;
        _checkpoint = null;
        _storedVersion = version;
        Tell(new CheckpointWritten(version, trouble));
        if (_phase == Phase.Storing) Collect();
    }

    private sealed record Sealed(StepId Work, string? Trouble);

    private sealed record Writing(StepId Work, ServerState State)
    {
        public SortedDictionary<int, ShardSeal> Shards { get; } = [];
    }
}
