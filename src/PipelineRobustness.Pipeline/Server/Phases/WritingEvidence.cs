using System.Collections.Immutable;
using Akka.Actor;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>
/// Stages are about to be convicted: the evidence is written first. If this server dies meanwhile, the next one comes to the same
/// convictions and writes the same.
/// </summary>
/// <param name="before">The phase in which it was found.</param>
/// <param name="drafts">The evidence.</param>
/// <param name="next">What follows: the rulings.</param>
internal sealed class WritingEvidence(PlacedPhase before, ImmutableArray<EvidenceDraft> drafts, Transition next) : PlacedPhase(before.Placed, before.Step)
{
    public override string WaitingFor => $"the evidence of {drafts.Length} {(drafts.Length == 1 ? "conviction" : "convictions")} to be written ({Step})";

    // Writing to disk has no time limit.
    public override IEnumerable<int>? Awaited => null;

    public override bool IsRestored => before.IsRestored;

    public override bool Counts(IActorRef stage) => before.Counts(stage);

    public override Transition? Begin(Outbox outbox)
    {
        outbox.Add(new Effect.WriteEvidence(Step, drafts));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox) => input.Message is not EvidenceWritten written ? null
        : written.Error is { } error ? new Transition.Fail(error)
        : next;
}
