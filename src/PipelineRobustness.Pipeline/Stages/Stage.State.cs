using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>What it holds: commits, transfers between holders, shards, and the state it shows at the end.</content>
internal sealed partial class Stage
{
    private StepId? _storing;
    private ShardDone? _stored;
    private long _version;
    private StepId? _prepared;
    private Commit? _last;

    // What the detectors of all stages remember at _version: every stage keeps it for all, since a detector dies with its stage.
    private ImmutableArray<DetectorState> _detectors = [];

    // What it last told of its blocks' states: what is no longer so has changed between two steps, and counts as lost.
    private UInt128? _ownTold;
    private UInt128? _copyTold;

    private UInt128 OwnDigest => _own.Digest;

    private UInt128? CopyDigest => _copy?.Digest;

    // Law 2: from version n to n + 1, and the same commit again changes nothing.
    private void Settle(Commit commit)
    {
        if (_last is { } last && last.Work == commit.Work && _version == commit.State.Version)
        {
            Tell(new Committed(commit.Work, _stage, OwnDigest, CopyDigest));
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
        _detectors = commit.State.Detectors;
        (_ownTold, _copyTold) = (OwnDigest, CopyDigest);
        Tell(new Committed(commit.Work, _stage, _ownTold.Value, _copyTold));
        Befall(_own, commit);
        if (_copy is not null) Befall(_copy, commit);
    }

    private void Befall(IHeldBlock held, Commit commit) => _setup.Ports.Behaviour.BetweenIterations(
        commit.State.Version, _stage, held.Index, held.LiveState);

    private static void Update(IHeldBlock held, Commit commit)
    {
        if (!commit.Frozen.Contains(held.Index)) held.Step(commit);
        held.Forget();
    }

    private IHeldBlock Holding(int block) => block == _own.Index ? _own : _copy!;

    private void Give(SendBlock order) =>
        Link.ToStage(order.Receiver, new BlockTransfer(order.Work, order.Block, order.To, Holding(order.Block).Capture()), Self);

    private void Restore(BlockTransfer transfer)
    {
        using (transfer)
        {
            if (transfer.Work.Ballot != _promised.Current) return;
            var held = Holding(transfer.Block);
            held.Restore(transfer.State);
            var digest = held.Digest;
            if (ReferenceEquals(held, _own)) _ownTold = digest;
            else _copyTold = digest;
            Tell(new BlockRestored(transfer.Work, _stage, transfer.Block, digest));
        }
    }

    // Said again, an order is answered again, and nothing is written twice: it or its answer may have been lost.
    private void Store(WriteShard order)
    {
        if (order.Work == _storing)
        {
            if (Volatile.Read(ref _stored) is { } done && done.Work == order.Work) Tell(done);
            return;
        }

        var (server, self, block) = (_server, Self, _own.Index);
        if (order.Work.Iteration != _version)
        {
            Tell(new ShardDone(order.Work, block, null, $"the order to write version {order.Work.Iteration} was lost"));
            return;
        }

        _storing = order.Work;
        _setup.Ports.Store!.Write(_setup.Plan.Name, _version, order.Work.Ballot, _own.Capture(), OwnDigest, Answer);

        // On the thread that writes.
        void Answer(ShardSeal? seal, string? trouble)
        {
            var done = new ShardDone(order.Work, block, seal, trouble);
            Volatile.Write(ref _stored, done);
            server.Tell(done, self);
        }
    }

    // What it shows are other handles on what it holds: if the run must go on after all, it still can.
    private void Show(CollectBlock collect)
    {
        LetGo();
        _memory.Clear();
        Link.ToServer(_server, new BlockCollected(collect.Work, _stage, _own.DetachState()), Self);
    }
}
