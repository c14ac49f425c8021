using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>Drives a run whose stages are all in place: from one commit to the next, through evaluations and checkpoints to its end.</summary>
internal sealed class TrainingLoop(RunRules rules, Roster roster, Progress progress, CheckpointCadence checkpoints, Outbox outbox)
{
    private readonly FiniteWatch _finite = new(rules, outbox);

    private RunPlan Plan => rules.Plan;

    /// <summary>Continues from a version that every holder has. An evaluation made before a failure is not repeated.</summary>
    public Transition Proceed(PlacedStages placed)
    {
        checkpoints.Proceed(progress, placed, outbox);
        var version = progress.Version;
        var isDue = Plan.Evaluation.Every > 0 && version > 0 && version % Plan.Evaluation.Every == 0 && version < Plan.Iterations;
        return isDue && progress.EvaluatedVersion != version && !progress.IsInterrupted && HasLosses
            ? new Transition.Enter(new Evaluating(placed, progress.Evaluation(0), isFinal: false, default))
            : AskObserver();
    }

    /// <summary>Begins the next iteration, or ends the run.</summary>
    /// <param name="placed">The stages.</param>
    /// <param name="last">The last step.</param>
    /// <param name="observerStops">Whether results can no longer be kept: then no further iteration begins.</param>
    /// <param name="now">The time.</param>
    public Transition Next(PlacedStages placed, StepId last, bool observerStops, Now now)
    {
        if (progress.GivenUp is { } reason) return Collect(placed, last, new Ending(RunStatus.Failed, reason));
        progress.IsInterrupted |= observerStops;
        if (progress.IsInterrupted)
            return Collect(placed, last, new Ending(RunStatus.Interrupted, $"interrupted after iteration {progress.Version} of {Plan.Iterations}"));
        if (_finite.EndAt(progress.Version) is { } ending) return Collect(placed, last, ending);
        if (progress.Version < Plan.Iterations) return new Transition.Enter(new Training(placed, progress.Committed, progress.Begin(now)));
        return HasLosses ? new Transition.Enter(new Evaluating(placed, progress.Evaluation(0), isFinal: true, default)) : Collect(placed, last, Ending.Done);
    }

    /// <summary>The pass is accepted: it is committed, unless the run ends because its numbers are not finite.</summary>
    public Transition Commit(Training pass, Now now)
    {
        if (_finite.End(FiniteWatch.Of(pass)) is { } ending)
        {
            pass.GiveUp();
            return Collect(pass.Placed, pass.Step, ending);
        }

        progress.Committed = pass.Commit(progress.Committed, now);
        return new Transition.Enter(new Committing(pass.Placed, pass.Step, pass.Accepted, progress.Committed.Last!));
    }

    /// <summary>Every holder has stepped. Where a referee is asked, what is in dispute or drawn by lot is heard.</summary>
    public Transition Step(Committing step)
    {
        if (rules.Remedy.JumpsThroughServer) outbox.Add(Effect.ReleaseTensors.Instance);
        var committed = progress.Committed;
        if (step.NotFinite is { } found && _finite.End(found) is not null) return _finite.GoBack(committed.Version, found.Text);
        if (!rules.IsRefereed || step.Heard(committed.Digests) is not { IsEmpty: false } hearings) return new Transition.Settled(step);
        var judged = new Judged.OfStep(step) { AuditKey = step.Iteration.Audits.Step };
        return new Transition.Enter(new HoldingHearings(step.Placed, step.Step, hearings, judged));
    }

    /// <summary>No step is in doubt. Copies that were left behind are fetched again.</summary>
    public Transition Settle(Committing step, Now now)
    {
        progress.Stepped(step.Digests);
        if (step.Wrong is { IsEmpty: false } wrong)
        {
            outbox.Report(progress.Record(step.Iteration, now));
            var reason = $"after iteration {step.Iteration.Iteration} the copies of {Wording.Blocks(wrong)} are no longer like the originals";
            return new Transition.Recover(reason, "state") { Doubted = wrong };
        }

        var stale = step.Stale;
        step.Iteration.Refetched.UnionWith(stale);
        var fetches = stale.Select(block => (new Transfer(block, rules.HolderOfCopy(block)), step.Placed.Stages[block]));
        return new Transition.Enter(
            new Restoring(step.Placed, step.Step, progress.Committed.Digests, [.. fetches], new AfterRestoring.Finish(step.Iteration)));
    }

    /// <summary>
    /// The iteration is done. At its boundary stages move to where there is more room, or away from where there soon is none.
    /// </summary>
    public Transition Finish(PlacedStages placed, IterationLedger iteration, Now now)
    {
        outbox.Report(progress.Record(iteration, now));
        var placement = progress.Committed.Placement;
        if (roster.BetterThan(placement) is not { } better) return Proceed(placed);
        var moves = rules.AllStages.Where(stage => better[stage] != placement[stage])
            .Select(stage => $"stage {stage} moves from {placement[stage]} to {better[stage]}");
        return new Transition.Recover(string.Join(", ", moves)) { IsMove = true };
    }

    /// <summary>A round of an evaluation is done.</summary>
    public Transition Take(Evaluating round)
    {
        if (progress.IsInterrupted) return AskObserver();
        var found = round.Found;
        return new Transition.Enter(
            found.MicroBatches < rules.EvaluationMicroBatches
                ? new Evaluating(round.Placed, progress.Evaluation(found.MicroBatches), round.IsFinal, found)
                : new ConfirmingEvaluation(round.Placed, round.Step, found, round.IsFinal, progress.Committed.Digests));
    }

    /// <summary>An evaluation is done.</summary>
    public Transition Take(ConfirmingEvaluation evaluation)
    {
        var result = evaluation.Result;
        outbox.Report(result);
        progress.EvaluatedVersion = progress.Version;
        if (evaluation.IsFinal) progress.FinalLoss = result.Loss;
        if (_finite.End(result) is { } ending) return Collect(evaluation.Placed, evaluation.Step, ending);
        return evaluation.IsFinal ? Collect(evaluation.Placed, evaluation.Step, Ending.Done) : AskObserver();
    }

    /// <summary>The run is marked failed, and stays so if something breaks before its state is collected.</summary>
    public Transition GiveUp(Transition.GiveUp given)
    {
        progress.GivenUp = given.Reason;
        return Collect(given.Phase.Placed, given.Phase.Step, new Ending(RunStatus.Failed, given.Reason));
    }

    /// <summary>The run ends in good order. Where it is interrupted it first leaves a checkpoint.</summary>
    public Transition Collect(PlacedStages placed, StepId last, Ending ending)
    {
        var stores = progress.IsInterrupted && ending.Status != RunStatus.Failed && progress.Version > 0 && checkpoints.Lacks(progress.Version);
        return new Transition.Enter(
            stores ? new Storing(placed, last, ending, progress, checkpoints) : new CollectingState(placed, last, progress.Committed.Digests, ending));
    }

    // Without tensors there is nothing to be lost.
    private bool HasLosses => Plan.Numerics != Numerics.Shapes;

    private Transition.Stay AskObserver()
    {
        outbox.Add(Effect.AskObserver.Instance);
        return Transition.Stay.Instance;
    }
}
