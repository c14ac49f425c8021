using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Remedies;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>A pass of an iteration: stages work, detectors report, and the remedy decides.</summary>
internal sealed class Training : PlacedPhase
{
    private readonly PassKind _kind;

    /// <summary>Begins a pass.</summary>
    /// <param name="placed">The stages.</param>
    /// <param name="committed">What is committed: the version that is worked on.</param>
    /// <param name="iteration">The iteration.</param>
    public Training(PlacedStages placed, CommittedState committed, IterationLedger iteration)
        : base(placed, iteration.Step(placed.Ballot))
    {
        Committed = committed;
        Iteration = iteration;
        _kind = Rules.Remedy.JudgesBetweenPasses ? PassKind.Gated : PassKind.Whole;
        Pass = new PassLedger(
            Rules.PassWithout(iteration.Skipped), _kind, Rules.Detector,
            Rules.Ring is { } ring ? new StatementLedger(ring, committed.Rulings.RelayedLinks) : null);
    }

    public CommittedState Committed { get; }

    public IterationLedger Iteration { get; }

    public PassLedger Pass { get; }

    public override string WaitingFor => $"{Pass.Owing()} ({Step})";

    /// <summary>What the commit needs of this pass.</summary>
    public AcceptedPass Accepted => new(Rules, Iteration, Pass.Prepared) { Statements = Pass.Statements?.All };

    public override bool Owes(int stage) => Pass.Owes(stage);

    /// <summary>Whether a tensor is sent by way of the server.</summary>
    public bool Awaits(TensorSent sent) => Pass.Statements is { } statements ? statements.Awaits(sent)
        : Rules.Remedy.JumpsThroughServer && sent.Link == Link.Jump && Address(sent.To) is not null;

    public override Transition? Begin(Outbox outbox)
    {
        if (Rules.Remedy.JumpsThroughServer) outbox.Add(Effect.ReleaseTensors.Instance);
        outbox.Add(new Effect.BeginStep(Step));
        outbox.ToStages(
            Placed.Stages,
            new BeginPass(
                Step, _kind, Iteration.Skipped, 0, Rules.Plan.MicroBatches, Committed.Rulings,
                Rules.IsRefereed ? new VouchedState(Committed.Version, Committed.Digests) : null));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        switch (input.Message)
        {
            case ForwardDone done: Pass.Note(done); break;
            case Prepared prepared: Pass.Note(prepared); break;
            case PassChecked findings: Pass.Note(findings); break;
            case StatementChecked stated: Pass.Statements?.Note(stated); break;
            case AuditKeyDrawn drawn: return Audit(drawn.Key);
            case TensorRelayed relayed: Pass.Statements?.Note(relayed); break;
            case TensorSent sent when Pass.Statements is { } statements:
                statements.Note(sent);
                outbox.Add(new Effect.HandOn(sent, Placed.Stages[sent.To]));
                return Transition.Stay.Instance;
            case TensorSent jump:
                outbox.Add(new Effect.Relay(jump, Placed.Stages[jump.To]));
                return Transition.Stay.Instance;
            default: return null;
        }

        return Pass.Complete ? Judge(outbox) : Transition.Stay.Instance;
    }

    /// <summary>The same attempt once more: a changed state was repaired, and nothing of the bad pass counts.</summary>
    public static Transition Repeat(PlacedPhase phase, CommittedState committed, IterationLedger iteration)
    {
        iteration.Repeat();
        return iteration.Repetitions < phase.Placed.Rules.Plan.Defence.Attempts ? new Transition.Enter(new Training(phase.Placed, committed, iteration))
            : new Transition.GiveUp(
                phase,
                $"iteration {iteration.Iteration} was given up after {iteration.Repetitions} repetitions (defence.attempts); "
                + "each found a changed state");
    }

    /// <summary>The next attempt, with a new draw.</summary>
    public static Transition Again(PlacedPhase phase, CommittedState committed, IterationLedger iteration, NextAttempt next)
    {
        if (next.Unrecorded is { } pass) iteration.Keep(pass.Verdicts, pass.Notes);
        iteration.NextAttempt(next.LacksHonestHolder, next.HoldersDisagree);
        var counted = iteration.Attempt - committed.Rulings.RelaysOf(iteration.Iteration);
        return counted < phase.Placed.Rules.Plan.Defence.Attempts ? new Transition.Enter(new Training(phase.Placed, committed, iteration))
            : new Transition.GiveUp(
                phase, $"iteration {iteration.Iteration} was given up after {iteration.Attempt} attempts (defence.attempts); the last: {next.Reason}");
    }

    /// <summary>Commits the pass.</summary>
    /// <returns>What is committed, with the commit that the stages are to step by as the last one.</returns>
    public CommittedState Commit(CommittedState committed, Now now)
    {
        Iteration.Keep(Pass.Verdicts, Pass.Notes);
        var (norm, coefficients) = Gradients.Clip(Pass.Prepared, Iteration.Frozen, Rules.Plan);
        var rate = Rules.Plan.LearningRate.At(Iteration.Iteration);
        var trained = committed.Trained + (now.Uptime - Iteration.Began);
        var counted = committed with
        {
            Attempts = committed.Attempts + Iteration.Attempt + 1,
            EventLogLength = committed.EventLogLength + 1 + Iteration.Verdicts.Count + committed.Rulings.Of(Iteration.Iteration).Count(),
        };
        var record = Iteration.Committing(Pass.Prepared.Sum(p => p.Loss ?? 0), rate, norm, trained);
        var state = counted.At(Placed.Ballot, counted.Version + 1, trained, Pass.Detectors(committed.Detectors, Rules.Plan.Stages));
        return counted with { Last = new Commit(Placed.Ballot, Step, rate, coefficients, Iteration.Frozen, StaleCopies.Before(Accepted), state, record) };
    }

    /// <summary>The pass is given up, since the run ends by what it found; that is recorded as of an attempt.</summary>
    public void GiveUp()
    {
        Iteration.Keep(Pass.Verdicts, Pass.Notes);
        Iteration.NextAttempt(takenOver: false, disagreed: false);
    }

    private Transition Judge(Outbox outbox)
    {
        if (Pass.Statements is { } statements) return Judge(statements.All, outbox);
        switch (Iteration.Judge(Rules.Remedy, Pass.Verdicts))
        {
            case Judgement.NewAttempt again:
                Iteration.Keep(Pass.Verdicts, Pass.Notes);
                return Suspect(new NextAttempt(again.Reason, again.LacksHonestHolder));
            case Judgement.RepeatWithout without:
                Iteration.Keep(Pass.Verdicts, Pass.Notes);
                Iteration.NextPass(without);
                return new Transition.Enter(new Training(Placed, Committed, Iteration));
            default:
                return Pass.AtGate ? OpenGate(outbox) : Agree();
        }
    }

    // What two stages state differently is settled, and ends the attempt: it is thrown away with all that detectors have found in it.
    private Transition Judge(PassStatements pass, Outbox outbox)
    {
        var breaches = Rules.Statements!.Breaches(pass);
        if (breaches.IsEmpty) return DrawAudits(pass, outbox);
        var hearings = breaches.OfType<RuleBreach.DisputedBlock>().Select(block => Hearing.Of(block.Dispute, pass, Committed.Digests));
        var found = breaches.Select(breach => Finding.Of(breach, pass)).OfType<Finding>();
        return new Transition.Enter(new HoldingHearings(Placed, Step, [.. hearings], new Judged.OfPass(this, [.. found])));
    }

    private Transition DrawAudits(PassStatements pass, Outbox outbox)
    {
        if (Rules.Plan.Defence.Audit.Share == 0) return Hear(pass, auditKey: null, []);
        outbox.Add(new Effect.DrawAudits(Step, AuditKind.Pass));
        return Transition.Stay.Instance;
    }

    private Transition Audit(ulong key)
    {
        Iteration.Audits = new AuditKeys(Pass: key, Step: null);
        return Hear(Pass.Statements!.All, key, AuditDraw.Parts(key, Rules.Ring!, Rules.Plan.Defence.Audit.Share));
    }

    // Everything that was found, and drawn: one finding that is false shields no other. What leads on to what comes one after the other.
    private Transition Hear(PassStatements pass, ulong? auditKey, ImmutableArray<Dispute> drawn)
    {
        ImmutableArray<Hearing> hearings =
        [
            .. Pass.Verdicts.Select(Dispute.Of).Union(drawn).OrderBy(dispute => (dispute.Block, dispute.MicroBatch, dispute.Value))
                .Select(dispute => Hearing.Of(dispute, pass, Committed.Digests)),
        ];
        return hearings.IsEmpty ? new Transition.Accepted(this)
            : new Transition.Enter(new HoldingHearings(Placed, Step, hearings, new Judged.OfPass(this, []) { AuditKey = auditKey }));
    }

    private Transition.Stay OpenGate(Outbox outbox)
    {
        Pass.OpenGate();
        outbox.ToStages(Placed.Stages, new BeginBackward(Step));
        return Transition.Stay.Instance;
    }

    private Transition Agree()
    {
        var disagreeing = Gradients.Disagreeing(Pass.Prepared, Rules.Plan.Defence.Tolerance);
        if (disagreeing.IsEmpty || Rules.Remedy.OwnerStands) return new Transition.Accepted(this);
        var reason = $"original and copy of {Wording.Blocks(disagreeing)} report different gradients";
        return Confirm(disagreeing, new NextAttempt(reason, HoldersDisagree: true) { Unrecorded = Pass });
    }

    // A repeatedly accused stage may be honest but have changed weights, which would recur in every attempt.
    private Transition Suspect(NextAttempt next)
    {
        var suspects = Pass.Verdicts.Select(verdict => verdict.Suspect)
            .Where(block => Rules.CopyHeldBy(Rules.HolderOfCopy(block)) == block).ToImmutableSortedSet();
        return Iteration.Attempt == 0 || suspects.IsEmpty || Rules.Plan.Defence.Tolerance > 0
            ? Again(this, Committed, Iteration, next)
            : Confirm(suspects, next);
    }

    private Transition.Enter Confirm(ImmutableSortedSet<int> blocks, NextAttempt next) =>
        new(new ConfirmingStates(Placed, Step, Committed, Iteration, blocks, next));
}

/// <summary>What the next attempt at an iteration is for.</summary>
/// <param name="Reason">Why there is one.</param>
/// <param name="LacksHonestHolder">Because no honest holder was left.</param>
/// <param name="HoldersDisagree">Because original and copy of a block reported different gradients.</param>
internal sealed record NextAttempt(string Reason, bool LacksHonestHolder = false, bool HoldersDisagree = false)
{
    /// <summary>The pass whose findings are recorded only where there is a next attempt.</summary>
    public PassLedger? Unrecorded { get; init; }
}
