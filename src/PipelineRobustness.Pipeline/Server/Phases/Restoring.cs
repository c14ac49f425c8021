using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

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

    public override string WaitingFor => $"{transfers.Length - _restored.Count} of {transfers.Length} blocks to be restored from their other holder";

    // During a recovery, stages still lack their state.
    public override bool IsRestored => next is not AfterRestoring.Resume;

    public override bool MovesState => true;

    public override bool Counts(IActorRef stage) =>
        base.Counts(stage) || (next is AfterRestoring.Resume resume && resume.Retiring.Any(r => r.Actor.Equals(stage)));

    public override Transition? Begin(Outbox outbox)
    {
        foreach (var ((block, to), source) in transfers) outbox.ToStage(source, new SendBlock(Step, block, to, Placed.Stages[to]));
        return transfers.IsEmpty ? new Transition.Restored(this, next) : null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not BlockRestored restored) return null;
        var transfer = new Transfer(restored.Block, restored.Stage);
        if (!transfers.Any(t => t.Transfer == transfer)) return null;
        if (restored.Digest != digests[restored.Block])
            return new Transition.Fail($"block {restored.Block} was restored on stage {restored.Stage} with another state than that of the last commit");
        _restored.Add(transfer);
        return _restored.Count == transfers.Length ? new Transition.Restored(this, next) : Transition.Stay.Instance;
    }
}
