using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server;

/// <content>Original and copy of a block differ: who is right, and making them alike again.</content>
internal partial class CentralServer
{
    private readonly SortedDictionary<int, StateAudited> _audited = [];
    private ImmutableSortedSet<int> _disputed = [];
    private Action _otherwise = () => { };
    private ImmutableArray<SendBlock> _transfers = [];
    private ImmutableArray<StageState> _sources = [];
    private int _restored;
    private readonly SortedSet<int> _doubted = [];
    private int _mended;
    private Action _repaired = () => { };

    // Has the state of a holder changed since the last commit? Where it has not, something else is done.
    private void Audit(ImmutableSortedSet<int> disputed, Action otherwise)
    {
        _disputed = disputed;
        _otherwise = otherwise;
        _audited.Clear();
        Enter(Phase.Auditing, Auditing, () => $"the state digests of {PassLedger.Stages([.. Holders().Where(s => !_audited.ContainsKey(s))])}");
        foreach (var stage in Holders()) _stages[stage].Tell(new AuditState(CurrentWork));
    }

    private void Auditing()
    {
        Receive<StateAudited>(m =>
        {
            if (m.Work != CurrentWork || !Sender.Equals(_stages[m.Stage])) return;
            Heard();
            _audited[m.Stage] = m;
            if (_audited.Count == Holders().Count) Rule();
        });
        Always();
    }

    private void Rule()
    {
        var transfers = ImmutableArray.CreateBuilder<SendBlock>();
        foreach (var block in _disputed)
        {
            var holder = (block + 1) % Plan.Stages;
            var original = _audited[block].Own == _digests[block];
            var copy = _audited[holder].Copy == _digests[block];
            if (!original && !copy)
            {
                Doubt([block], $"block {block}: neither stage {block} nor stage {holder} still has the state of the last commit");
                return;
            }

            if (!original) transfers.Add(Order(block, block));
            if (!copy) transfers.Add(Order(block, holder));
        }

        if (transfers.Count == 0)
        {
            _otherwise();
            return;
        }

        _iteration!.Refetched.UnionWith(transfers.Select(t => t.Block));
        Repair(transfers.ToImmutable(), Replay);
    }

    // No holder is sure to be right: all go back to where they were.
    private void Doubt(ImmutableSortedSet<int> blocks, string reason)
    {
        _doubted.UnionWith(blocks);
        CallRoll(reason, "state");
    }

    // The same attempt over again: what was wrong is mended, and nothing of the bad pass counts.
    private void Replay()
    {
        if (++_mended < Plan.AttemptsMax) BeginTraining();
        else GiveUp($"iteration {_iteration!.Iteration} was given up after {_mended} replays (defence.attempts); each found a changed state");
    }

    private void Repair(ImmutableArray<SendBlock> transfers, Action then)
    {
        // The other holder sends: the owner for a copy, the copy's holder for the original.
        _sources = [.. Enumerable.Range(0, Plan.Stages).Select(b => _ready[transfers.Any(t => t.Block == b && t.To == b) ? (b + 1) % Plan.Stages : b])];
        Transfer(Phase.Repairing, transfers, then);
    }

    private void Transfer(Phase phase, ImmutableArray<SendBlock> transfers, Action then)
    {
        if (transfers.IsEmpty)
        {
            then();
            return;
        }

        _transfers = transfers;
        _repaired = then;
        _restored = 0;
        Enter(phase, Repairing, () => $"{transfers.Length - _restored} of {transfers.Length} blocks to be restored from their other holder");
        foreach (var transfer in transfers) _sources[transfer.Block].Actor.Tell(transfer);
    }

    private void Repairing()
    {
        Receive<BlockRestored>(m =>
        {
            if (m.Work != CurrentWork || !_transfers.Any(t => t.Block == m.Block && t.To == m.Stage)) return;
            Heard();
            if (!IsAsCommitted(m))
            {
                Fail($"block {m.Block} was restored on stage {m.Stage} with another state than that of the last commit");
                return;
            }

            if (++_restored == _transfers.Length) _repaired();
        });
        Always();
    }

    protected virtual bool IsAsCommitted(BlockRestored restored) => restored.Digest == _digests[restored.Block];

    private SendBlock Order(int block, int to) => new(CurrentWork, block, to, _stages[to]);

    private SortedSet<int> Holders() => [.. _disputed, .. _disputed.Select(b => (b + 1) % Plan.Stages)];
}
