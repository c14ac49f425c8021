using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Holders send other holders the state of blocks.</summary>
/// <param name="placed">The stages.</param>
/// <param name="work">The step to which the transfers belong.</param>
/// <param name="digests">The state that each block must come to: that of the last commit.</param>
/// <param name="transfers">What is sent, and by which stage.</param>
/// <param name="next">What follows.</param>
internal sealed class Restoring(
    PlacedStages placed, StepId work, ImmutableArray<UInt128> digests, ImmutableArray<(Transfer Transfer, IActorRef Source)> transfers, AfterRestoring next)
    : PlacedPhase(placed, work)
{
    // A transfer counts once, however often its receiver reports it.
    private readonly HashSet<Transfer> _restored = [];

    // Those that are made again by way of the referee, and whether it has handed the state on.
    private readonly OrderedDictionary<Transfer, bool> _relayed = [];

    // Of each block that its source has shown, what it has shown: the referee keeps it for further transfers.
    private readonly Dictionary<int, ShownExhibit> _shown = [];

    // Of a transfer by way of the referee, so that a report of the first one is not taken for one of the second.
    private StepId Relayed => Step with { Pass = Step.Pass + 1 };

    public override string WaitingFor => $"{transfers.Length - _restored.Count} of {transfers.Length} blocks to be restored from their other holder";

    // During a recovery, stages still lack their state.
    public override bool IsRestored => next is not AfterRestoring.Resume;

    public override bool MovesState => true;

    private IEnumerable<StageState> Retiring => next is AfterRestoring.Resume resume ? resume.Retiring : [];

    public override bool Counts(IActorRef stage) => base.Counts(stage) || Retiring.Any(retiring => retiring.Actor.Equals(stage));

    public override bool IsAnother(int stage, IActorRef from) =>
        base.IsAnother(stage, from) && !Retiring.Any(retiring => retiring.Stage == stage && retiring.Actor.Equals(from));

    public override bool AwaitsState(int stage, ExhibitKey key, MessageSource source) =>
        Asks(stage, key) && SourceOf(key.Block) is var asked && source.Is(asked.Actor, asked.Node);

    public override bool IsOf(StepId work) => base.IsOf(work) || work == Relayed;

    public override Transition? Begin(Outbox outbox)
    {
        foreach (var ((block, to), source) in transfers) outbox.ToStage(source, new SendBlock(Step, block, to, Placed.Stages[to]));
        return transfers.IsEmpty ? new Transition.Restored(this, next) : null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        switch (input.Message)
        {
            case BlockRestored restored when transfers.Any(one => one.Transfer == new Transfer(restored.Block, restored.Stage)):
                return Take(new Transfer(restored.Block, restored.Stage), restored.Digest, restored.Work == Relayed, outbox);
            case ExhibitHashed { Shown: var shown } when Asks(shown.Stage, shown.Key):
                return Take(shown, outbox);
            default:
                return null;
        }
    }

    private Transition Take(Transfer transfer, UInt128 digest, bool isHandedOn, Outbox outbox)
    {
        var (block, to) = transfer;
        if (isHandedOn != _relayed.ContainsKey(transfer) || (isHandedOn && !_relayed[transfer])) return Transition.Stay.Instance;
        switch (TransferRules.Judge(digests[block], isHandedOn ? digests[block] : null, digest))
        {
            case TransferJudgement.Holds:
                _restored.Add(transfer);
                if (_restored.Count < transfers.Length) return Transition.Stay.Instance;
                if (_shown.Count > 0) outbox.Add(Effect.CloseHearings.Instance);
                return new Transition.Restored(this, next);
            case TransferJudgement.Relay when Rules.IsRefereed:
                _relayed.Add(transfer, false);
                if (_shown.TryGetValue(block, out var shown)) HandOn(transfer, shown, outbox);
                else if (Waiting(block) is [_]) Show(transfer, outbox);
                return Transition.Stay.Instance;
            case TransferJudgement.ConvictReceiver:
                return Misgiven(to, block, digest, null);
            default:
                return new Transition.Fail($"block {block} was restored on stage {to} with another state than that of the last commit");
        }
    }

    // It may come twice; then no transfer waits for it any more.
    private Transition Take(ShownExhibit shown, Outbox outbox)
    {
        var block = shown.Key.Block;
        var waiting = Waiting(block);
        if (TransferRules.Judge(digests[block], shown.Claim.High, null) == TransferJudgement.ConvictSource)
            return Misgiven(shown.Stage, block, shown.Claim.High, SourceOf(block).Node);
        _shown.Add(block, shown);
        foreach (var transfer in waiting) HandOn(transfer, shown, outbox);
        return Transition.Stay.Instance;
    }

    private void HandOn(Transfer transfer, ShownExhibit shown, Outbox outbox)
    {
        _relayed[transfer] = true;
        outbox.Add(new Effect.HandOnState(Relayed, shown.Key, shown.Claim, transfer.To, Placed.Stages[transfer.To]));
    }

    // The transfers of a block whose state its source was asked to show.
    private ImmutableArray<Transfer> Waiting(int block) =>
        [.. _relayed.Where(relayed => !relayed.Value && relayed.Key.Block == block).Select(relayed => relayed.Key)];

    private void Show(Transfer transfer, Outbox outbox) => outbox.ToStage(
        transfers.First(one => one.Transfer == transfer).Source, new SendBlock(Step, transfer.Block, transfer.To, Rules.Server));

    private Transition.Misgiven Misgiven(int stage, int block, UInt128 found, NodeId? node) =>
        new(this, [new Finding.Convicts(stage, Act.Transfer, null, new Grounds.OtherState(block, digests[block], found)) { Node = node }]);

    private bool Asks(int stage, ExhibitKey key) =>
        key.Kind == ExhibitKind.State && !Waiting(key.Block).IsEmpty && SourceOf(key.Block).Stage == stage;

    // Of a block there is one. A source that retires is elsewhere than where its stage is placed.
    private (int Stage, IActorRef Actor, NodeId Node) SourceOf(int block)
    {
        var source = transfers.First(one => one.Transfer.Block == block).Source;
        if (Retiring.FirstOrDefault(stage => stage.Actor.Equals(source)) is { } retiring) return (retiring.Stage, source, retiring.Node);
        var stage = Placed.Stages.IndexOf(source);
        return (stage, source, Placed.Nodes[stage]);
    }
}
