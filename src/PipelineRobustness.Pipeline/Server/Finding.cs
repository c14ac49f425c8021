using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What follows from a broken rule, before it is a ruling.</summary>
/// <param name="Act">What was done falsely, or what is sent over the link.</param>
/// <param name="MicroBatch">In which micro-batch; null for what concerns a pass as a whole.</param>
internal abstract record Finding(Act Act, int? MicroBatch)
{
    /// <summary>The link is relayed from now on.</summary>
    public sealed record Relays(StageLink Link, int? MicroBatch) : Finding(Link.Act, MicroBatch);

    /// <summary>The stage is convicted.</summary>
    /// <param name="Stage">The stage.</param>
    /// <param name="Act">What it did falsely.</param>
    /// <param name="MicroBatch">In which micro-batch.</param>
    /// <param name="Grounds">What the conviction rests on.</param>
    public sealed record Convicts(int Stage, Act Act, int? MicroBatch, Grounds Grounds) : Finding(Act, MicroBatch)
    {
        /// <summary>The node that held it; null for the one on which it is placed.</summary>
        public NodeId? Node { get; init; }

        /// <summary>The block whose hearing found it; null where that needed none.</summary>
        public int? Heard { get; init; }

        /// <summary>The key by which audits were drawn before that hearing; null where none were.</summary>
        public ulong? AuditKey { get; init; }

        /// <summary>The stage whose detector had found what was heard; null where none had.</summary>
        public int? FoundBy { get; init; }
    }

    /// <summary>What a broken rule comes to without a hearing; null for a disputed block.</summary>
    public static Finding? Of(RuleBreach breach, PassStatements pass) => breach switch
    {
        RuleBreach.MalformedStatement malformed => new Convicts(
            malformed.Stage, malformed.Act, null, new Grounds.MalformedStatement(malformed.Stage, malformed.Fault)),
        RuleBreach.ContradictedRelay { Stage: var stage, Link: var link, MicroBatch: var microBatch } relay => new Convicts(
            stage, relay.Act, microBatch, new Grounds.ContradictedRelay(
                link, microBatch, stage, pass.StatedBy(stage, link, microBatch), pass.HandedOnOver(link, microBatch)!.Value)),
        RuleBreach.DisputedLink link => new Relays(link.Link, link.MicroBatch),
        _ => null,
    };

    /// <summary>The ruling that is made of it.</summary>
    /// <param name="work">The step in which it was found.</param>
    /// <param name="committed">What is committed: who holds which seat.</param>
    public Ruling ToRuling(StepId work, CommittedState committed) => new(
        work.Iteration, work.Attempt, Act, MicroBatch,
        this is Convicts guilty
            ? new Conviction(
                guilty.Stage, committed.Rulings.SeatOf(guilty.Stage), guilty.Node ?? committed.Placement[guilty.Stage], guilty.Grounds.ToClaim(),
                guilty.Heard, guilty.AuditKey, guilty.FoundBy)
            : null,
        (this as Relays)?.Link);
}
