using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
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

    private StageConduct Conduct => new(_stage, _rulings.Seat, _setup.Ports.Behaviour);

    // Law 2: from version n to n + 1, and the same commit again changes nothing.
    private void Settle(Commit commit)
    {
        if (_last is { } last && last.Work == commit.Work && _version == commit.State.Version)
        {
            Tell(Stepped(commit.Work, _blocks.Digests));
            return;
        }

        if (commit.Work != _prepared || commit.State.Version != _version + 1) return;
        _pass?.Dispose();
        _pass = null;
        _prepared = null;
        _memory.Attempt.Clear();
        if (_setup.Plan.Defence.KeepsBefore) _kept.KeepBefore((_blocks.Copy ?? _blocks.Own).Capture());
        _blocks.Step(commit, Conduct);
        _version = commit.State.Version;
        _last = commit;
        _committed = commit.State;
        Tell(Stepped(commit.Work, _blocks.Reported()));
        foreach (var held in _blocks.All)
            _setup.Ports.Behaviour.BetweenIterations(_version, _stage, held.Index, held.LiveState);
    }

    private Committed Stepped(StepId work, (UInt128? Own, UInt128? Copy) digests)
    {
        var (own, copy) = Stated(digests);
        return new(
            work, _stage, own!.Value, copy, _blocks.Own.FirstNotFinite(), _setup.Remedy.IsRefereed ? _blocks.Copy?.FirstNotFinite() : null);
    }

    // What it says that its blocks' digests are.
    private (UInt128? Own, UInt128? Copy) Stated((UInt128? Own, UInt128? Copy) digests) => Conduct.Stated(_blocks, digests, _version, _last, _order);

    // A transfer by way of the server has the server as its receiver.
    private void Give(SendBlock order)
    {
        var state = Conduct.Give(order.Work, _blocks.Holding(order.Block));
        if (order.Receiver.Equals(_server)) Tell(new StateShown(order.Work, _stage, new ExhibitKey(order.Block, ExhibitKind.State), state));
        else Transport.ToStage(order.Receiver, new BlockTransfer(order.Work, order.Block, order.To, state), Self);
    }

    private void Restore(BlockTransfer transfer, MessageSource source)
    {
        if (_setup.Remedy.IsRefereed && transfer.Work.Ballot >= _promised.Current && _peers.Ballot != transfer.Work.Ballot)
        {
            _early.Add(transfer, source);
            return;
        }

        using (transfer)
        {
            if (transfer.Work.Ballot == _promised.Current && Restored(transfer, source) is { } digest)
                Tell(new BlockRestored(transfer.Work, _stage, transfer.Block, Conduct.Restored(transfer.Work, transfer.Block, digest)));
        }
    }

    // Where no stage is believed, nothing but the state of the last commit is restored, and only before work begins: another stage could
    // have this one convicted by a state that was never ordered, or that the referee never handed on.
    private UInt128? Restored(BlockTransfer transfer, MessageSource source)
    {
        var (block, state) = (transfer.Block, transfer.State);
        if (!_setup.Remedy.IsRefereed) return _blocks.Restore(block, state);
        if (transfer.IsHandedOn && !IsServer(source)) return null;
        if (_work?.Ballot == _promised.Current || !_blocks.All.Any(held => held.Index == block)) return null;
        var digest = _setup.DigestOf(block, state);
        return digest != default && digest == _committed!.Digests.ElementAtOrDefault(block) ? _blocks.Restore(block, state) : digest;
    }

    private void Confirm(ConfirmState order)
    {
        var (own, copy) = _blocks.Digests;
        Tell(new StateConfirmed(order.Work, _stage, own, copy));
    }

    private void Store(WriteShard order)
    {
        var (server, self) = (_server, Self);
        if (_shards.Write(order, _version, _blocks.Own, done => server.Tell(done, self)) is { } answer) Tell(answer);
    }

    // The result holds other handles on the same tensors, so that the run can still continue if it must.
    private void Collect(CollectBlock collect)
    {
        LetGo();
        _memory.Attempt.Clear();
        var state = _setup.Remedy.IsRefereed ? Conduct.Give(collect.Work, _blocks.Own) : _blocks.Own.DetachState();
        Tell(new BlockCollected(collect.Work, _stage, state));
    }

    // What is listed first is shown, and nothing else.
    private void Show(ShowExhibits order)
    {
        _setup.Ports.Behaviour.BeforeShowing(order.Work.Iteration, _stage);
        var shown = _kept.Show(order, _blocks.All, Conduct);
        Tell(new ExhibitsListed(order.Work, _stage, [.. shown.Select(one => one.Key)]));
        foreach (var (_, message) in shown) Tell(message);
    }
}
