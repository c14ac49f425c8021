using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>Its state: commits, transfers between holders, shards, and the final state.</content>
internal sealed partial class Stage
{
    private readonly ShardWriter _shards;
    private long _version;
    private StepId? _prepared;
    private Commit? _last;

    // What the server had committed at _version, the states of all stages' detectors included: a detector dies with its stage.
    private ServerState? _committed;

    // The digests it last reported: a block that differs from them has changed between two steps, and counts as lost.
    private UInt128? _ownReported;
    private UInt128? _copyReported;

    private UInt128 OwnDigest => _own.Digest;

    private UInt128? CopyDigest => _copy?.Digest;

    // Law 2: from version n to n + 1, and the same commit again changes nothing.
    private void Settle(Commit commit)
    {
        if (_last is { } last && last.Work == commit.Work && _version == commit.State.Version)
        {
            Tell(new Committed(commit.Work, _stage, OwnDigest, CopyDigest, _own.FirstNotFinite()));
            return;
        }

        if (commit.Work != _prepared || commit.State.Version != _version + 1) return;
        _pass?.Dispose();
        _pass = null;
        _prepared = null;
        _memory.Clear();
        Update(_own, commit);
        if (_copy is not null) Update(_copy, commit);
        _version = commit.State.Version;
        _last = commit;
        _committed = commit.State;
        (_ownReported, _copyReported) = (OwnDigest, CopyDigest);
        Tell(new Committed(commit.Work, _stage, _ownReported.Value, _copyReported, _own.FirstNotFinite()));
        LetDisturb(_own, commit);
        if (_copy is not null) LetDisturb(_copy, commit);
    }

    private void LetDisturb(IHeldBlock held, Commit commit) => _setup.Ports.Behaviour.BetweenIterations(
        commit.State.Version, _stage, held.Index, held.LiveState);

    private static void Update(IHeldBlock held, Commit commit)
    {
        if (!commit.Frozen.Contains(held.Index)) held.Step(commit);
        held.Forget();
    }

    private IHeldBlock Holding(int block) => block == _own.Index ? _own : _copy!;

    private void Give(SendBlock order) =>
        Transport.ToStage(order.Receiver, new BlockTransfer(order.Work, order.Block, order.To, Holding(order.Block).Capture()), Self);

    private void Restore(BlockTransfer transfer)
    {
        using (transfer)
        {
            if (transfer.Work.Ballot != _promised.Current) return;
            var held = Holding(transfer.Block);
            held.Restore(transfer.State);
            var digest = held.Digest;
            if (ReferenceEquals(held, _own)) _ownReported = digest;
            else _copyReported = digest;
            Tell(new BlockRestored(transfer.Work, _stage, transfer.Block, digest));
        }
    }

    private void Store(WriteShard order)
    {
        var (server, self) = (_server, Self);
        if (_shards.Write(order, _version, _own, done => server.Tell(done, self)) is { } answer) Tell(answer);
    }

    // The result holds other handles on the same tensors, so that the run can still continue if it must.
    private void Show(CollectBlock collect)
    {
        LetGo();
        _memory.Clear();
        Transport.ToServer(_server, new BlockCollected(collect.Work, _stage, _own.DetachState()), Self);
    }
}
