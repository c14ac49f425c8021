using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>
/// The holders of blocks differ about what these gave, a detector found something, or a lot was drawn: holders show what they worked on,
/// the referee works the block, and each that has stated something else is convicted.
/// </summary>
/// <param name="placed">The stages.</param>
/// <param name="work">The pass.</param>
/// <param name="hearings">What is heard; may be nothing, where rules are broken that need no hearing.</param>
/// <param name="next">What is judged.</param>
internal sealed class HoldingHearings(PlacedStages placed, StepId work, ImmutableArray<Hearing> hearings, Judged next) : PlacedPhase(placed, work)
{
    private readonly HearingLedger _ledger = new(hearings);

    /// <summary>What is judged.</summary>
    public Judged Next => next;

    // Nothing is sent twice in one step, and what a part of the pass was worked from may have been shown in it.
    public override StepId? Work => next.Commit is null ? Step : Step with { Pass = Step.Pass + 1 };

    /// <summary>What the hearings have come to.</summary>
    public ImmutableArray<DecidedHearing> Decided => _ledger.Decided;

    /// <summary>Everything that was found, in hearings and without.</summary>
    public ImmutableArray<Finding> Findings => [.. next.Found, .. Decided.SelectMany(decided => decided.Convicts(next))];

    public override string WaitingFor => _ledger.Owing is { IsEmpty: false } owing
        ? $"what {Wording.Stages(owing)} worked on ({Step})"
        : $"the referee's work on {Wording.Blocks([.. _ledger.AtWork.Select(dispute => dispute.Block).Distinct()])} ({Step})";

    // Stages wait for the server while the referee works, and nothing is lost.
    public override IEnumerable<int>? Awaited => _ledger.Owing is { IsEmpty: false } owing ? owing : null;

    /// <summary>Whether a stage was asked for an exhibit.</summary>
    public bool Asks(int stage, ExhibitKey key) => _ledger.Asks(stage, key);

    public override bool AwaitsState(int stage, ExhibitKey key, MessageSource source) => Asks(stage, key) && IsFrom(stage, source);

    public override Transition? Begin(Outbox outbox)
    {
        foreach (var (stage, keys) in _ledger.Asked) outbox.ToStage(Placed.Stages[stage], new ShowExhibits(Work!.Value, keys));
        return hearings.IsEmpty ? new Transition.Ruled(this) : null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        switch (input.Message)
        {
            case ExhibitsListed listed: _ledger.Note(listed.Stage, listed.Shown); break;
            case ExhibitHashed hashed: _ledger.Note(hashed.Shown); break;
            case Heard { Recomputed: { } recomputed } heard: _ledger.Note(heard.Dispute, recomputed); break;
            case Heard heard: return new Transition.Fail($"the referee could not work block {heard.Dispute.Block} ({Step})");
            default: return null;
        }

        foreach (var ready in _ledger.TakeReady()) outbox.Add(new Effect.Hear(Work!.Value, ready, next.Commit));
        return _ledger.IsComplete ? new Transition.Ruled(this) : Transition.Stay.Instance;
    }
}

/// <summary>What hearings are held for.</summary>
internal abstract record Judged
{
    private Judged()
    {
    }

    /// <summary>The step's numbers, where steps are in dispute.</summary>
    public virtual Commit? Commit => null;

    /// <summary>What was stated of the pass.</summary>
    public abstract PassStatements Stated { get; }

    /// <summary>The key by which audits were drawn; null where none were.</summary>
    public ulong? AuditKey { get; init; }

    /// <summary>The stage whose detector has found what is heard; null where none has.</summary>
    public virtual int? FinderOf(Dispute heard) => null;

    /// <summary>What needed no hearing.</summary>
    public virtual ImmutableArray<Finding> Found => [];

    /// <summary>A pass: the attempt ends.</summary>
    /// <param name="Phase">The pass.</param>
    /// <param name="Found">What needed no hearing.</param>
    public sealed record OfPass(Training Phase, ImmutableArray<Finding> Found) : Judged
    {
        public override ImmutableArray<Finding> Found { get; } = Found;

        public override PassStatements Stated => Phase.Pass.Statements!.All;

        public override int? FinderOf(Dispute heard) => Phase.Pass.Verdicts.FirstOrDefault(verdict => Dispute.Of(verdict) == heard)?.NoticedBy;
    }

    /// <summary>A step, after the commit.</summary>
    /// <param name="Phase">The step.</param>
    public sealed record OfStep(Committing Phase) : Judged
    {
        public override Commit Commit => Phase.Commit;

        public override PassStatements Stated => Phase.Stated!;
    }
}
