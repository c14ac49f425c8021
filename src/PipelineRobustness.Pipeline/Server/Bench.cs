using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Makes rulings of what was found, and carries out what follows from them. Where evidence is kept, that of convictions is written before
/// they take effect.
/// </summary>
internal sealed class Bench(RunRules rules, Quarantine quarantine, Progress progress, Outbox outbox)
{
    /// <summary>Everything that was in dispute is decided.</summary>
    public Transition Rule(Transition.Ruled ruled, Now now)
    {
        var held = ruled.Phase;
        if (Write(ruled, held.Next.Stated, held.Next.Commit) is { } writing) return writing;
        outbox.Add(Effect.CloseHearings.Instance);
        var convicts = !held.Findings.IsEmpty;
        return held.Next switch
        {
            Judged.OfPass pass when !convicts => new Transition.Accepted(pass.Phase),
            Judged.OfStep step when !convicts => new Transition.Settled(step.Phase),
            Judged.OfPass pass => Rule(held, pass),
            Judged.OfStep step => Rule(held, step, now),
            _ => throw new InvalidOperationException("hearings of nothing"),
        };
    }

    /// <summary>A state was given, or taken, that is not that of the last commit: the recovery begins again, without the convicted stages.</summary>
    public Transition Rule(Transition.Misgiven misgiven)
    {
        if (Write(misgiven, stated: null, commit: null) is { } writing) return writing;
        outbox.Add(Effect.CloseHearings.Instance);
        return RecoverFrom(Enter(misgiven.In.Step, misgiven.Findings, []), []);
    }

    // Null where there is no evidence, or where it is written.
    private Transition.Enter? Write(Transition.ToRule found, PassStatements? stated, Commit? commit) =>
        !found.IsWritten && Drafts(found.In.Step, found.Findings, stated, commit) is { IsEmpty: false } drafts
            ? new(new WritingEvidence(found.In, drafts, found with { IsWritten = true })) : null;

    // The attempt ends with all that was found in it.
    private Transition Rule(HoldingHearings held, Judged.OfPass judged)
    {
        var (iteration, notes) = (judged.Phase.Iteration, judged.Phase.Pass.Notes);
        var made = Enter(held.Step, held.Findings, notes);
        iteration.Keep([], notes);
        var next = Training.Again(held, progress.Committed, iteration, new NextAttempt(Wording.Ruled(made)));
        return next is Transition.Enter && quarantine.Empties(made, progress.Committed) ? new Transition.Recover(Wording.Convicted(made)) : next;
    }

    // The iteration is committed with the states that are confirmed. Where of a block none is, no holder vouches for it, and all go back.
    private Transition Rule(HoldingHearings held, Judged.OfStep judged, Now now)
    {
        // Of a pass that was committed, the notes are with its record, unless that is never made.
        var endsAttempt = held.Findings.Any(finding => finding.Act == Act.Sum);
        var made = Enter(held.Step, held.Findings, endsAttempt ? judged.Phase.Iteration.Notes : []);
        ImmutableSortedSet<int> doubted = [.. held.Decided.Where(decided => decided.LeavesNone).Select(decided => decided.Block)];
        if (!doubted.IsEmpty) return RecoverFrom(made, doubted);
        var steps = held.Decided.Where(decided => decided.Hearing.Dispute.Value == DisputedValue.Step);
        var digests = steps.Aggregate(judged.Phase.Digests, (digests, decided) => digests.SetItem(decided.Block, decided.Confirmed!.Value));
        progress.Stepped(digests);
        outbox.Report(progress.Record(judged.Phase.Iteration, now));
        return new Transition.Recover(Wording.Convicted(made));
    }

    // Most of these rulings end no attempt, and a stage that keeps its place may do the same again: so they are bounded as attempts are.
    private Transition RecoverFrom(ImmutableArray<Ruling> made, ImmutableSortedSet<int> doubted)
    {
        var (reason, rulings) = (Wording.Convicted(made), progress.Committed.Rulings);
        foreach (var iteration in made.Where(ruling => ruling.EndsAttempt).Select(ruling => ruling.Iteration).Distinct())
        {
            var attempts = rulings.AttemptOf(iteration);
            if (attempts - rulings.RelaysOf(iteration) >= rules.Plan.Defence.Attempts)
                return new Transition.Fail($"iteration {iteration} was given up after {attempts} attempts (defence.attempts); the last: {reason}");
        }

        foreach (var (iteration, stage) in made.Select(ruling => (ruling.Iteration, ruling.Convicted!.Stage)))
        {
            var convictions = rulings.ConvictionsBetweenAttempts(iteration, stage);
            if (convictions < rules.Plan.Defence.Attempts) continue;
            var often = convictions == 1 ? "once" : $"{convictions} times";
            return new Transition.Fail(
                $"iteration {iteration} was given up after stage {stage} was convicted of steps and states {often} (defence.attempts); the last: {reason}");
        }

        return new Transition.Recover(reason) { Doubted = doubted };
    }

    // Rulings take effect here and nowhere else.
    private ImmutableArray<Ruling> Enter(StepId work, ImmutableArray<Finding> findings, IEnumerable<string> notes)
    {
        var committed = progress.Committed;
        var rulings = committed.Rulings.With(findings.Select(finding => finding.ToRuling(work, committed)), notes);
        var made = rulings.All[committed.Rulings.All.Length..];
        progress.Committed = committed with { Rulings = rulings };
        foreach (var ruling in made) outbox.Report(new RulingMade(ruling));
        return made;
    }

    // Of several findings against a stage only one becomes a ruling.
    private ImmutableArray<EvidenceDraft> Drafts(StepId work, ImmutableArray<Finding> findings, PassStatements? stated, Commit? commit)
    {
        if (!rules.HasEvidence) return [];
        var committed = progress.Committed;
        var against = findings.OfType<Finding.Convicts>().Select(finding => (Ruling: finding.ToRuling(work, committed), finding.Grounds)).ToArray();
        var rulings = committed.Rulings.With(against.Select(one => one.Ruling), []).All[committed.Rulings.All.Length..];
        var step = commit is null ? null : StepNumbers.Of(commit);
        return [.. rulings.Select(ruling => EvidenceDraft.Of(
            rules, committed, work, ruling, against.First(one => one.Ruling == ruling).Grounds, stated, step))];
    }
}
