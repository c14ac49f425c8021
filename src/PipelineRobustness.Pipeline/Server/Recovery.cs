using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Recovers a run: state query, roll forward, placing, restoring. A run also starts this way. <see cref="RecoveryPlanner"/>
/// decides what to do; this class carries it out.
/// </summary>
internal sealed class Recovery(RunRules rules, Roster roster, Quarantine quarantine, Progress progress, CheckpointCadence checkpoints, Outbox outbox)
{
    // The current recovery; null during training.
    private Incident? _incident;

    // Checkpoints that were complete when they were chosen, but could not be read.
    private ImmutableHashSet<(long Version, Ballot Ballot)> _unreadable = [];

    // Whether the start of the run has been reported.
    private bool _hasBegun;

    /// <summary>Whether a state query of this server has been answered; until then another server may be leading.</summary>
    public bool Leads { get; private set; }

    /// <summary>Begins a recovery, or begins it again after a further failure.</summary>
    public Transition Begin(Transition.Recover failure, Now now)
    {
        if (progress.Exhausts(failure.Subject, failure.Reason) is { } tooMany) return new Transition.Fail(tooMany);
        if (Leads && _incident is null) outbox.Report(new RecoveryBegan(progress.Version, failure.Reason) { GoesBack = failure.GoesBack });
        _incident ??= new Incident(now.Uptime);
        Note(failure.Reason, failure.IsMove);
        _incident.Query(failure.Reason);
        _incident.Doubted.UnionWith(failure.Doubted);
        quarantine.Close(progress.Committed);
        progress.BeginQuery();
        roster.ForgetUnresponsive();
        checkpoints.Abandon();
        outbox.Add(Effect.ReleaseTensors.Instance);
        if (rules.IsRefereed) outbox.Add(Effect.CloseHearings.Instance);
        return new Transition.Enter(new QueryingState(rules, progress.Ballot, roster, _incident, Leads));
    }

    /// <summary>Something breaks before the recovery is decided.</summary>
    // Before it leads, a server knows of no failure; report only that another server began.
    public void Note(string reason, bool isMove = false) => _incident!.Note(reason, Leads ? reason : "another server began", isMove);

    /// <summary>A stage has failed.</summary>
    public Transition Take(StageFailed failed)
    {
        var reason = $"stage {failed.Stage} on {failed.Node}: {failed.Reason}";
        if (failed.WhileBuilding && _incident?.Origin.Kind == BlockOrigin.Initial)
            return _incident.Lost is { } lost ? new Transition.Fail($"{lost}; {reason}", LossKind.Block) : new Transition.Fail(reason);

        if (failed.WhileBuilding && _incident?.Origin.Manifest is { } manifest) _unreadable = _unreadable.Add((manifest.Version, manifest.Ballot));
        return new Transition.Recover(reason, $"stage {failed.Stage}");
    }

    /// <summary>Decides what follows from the reports of a state query.</summary>
    public Transition Decide(StateReports reports, CheckpointRead? checkpoint = null)
    {
        // A server that leads has made every ruling since: what stages say of others does not count.
        if (!Leads) progress.LearnRulings(reports.Stages.Select(stage => stage.Rulings));
        Leads = true;
        // A checkpoint may know of some of which every stage that was told of them is lost.
        if (checkpoint?.Newest is { } newest) progress.LearnRulings(newest.State.Rulings);
        quarantine.Close(progress.Committed, progress.Ballot, reports);
        progress.Learn(reports);
        switch (RecoveryPlanner.Decide(new RecoveryFacts(rules, progress.Committed, reports.Stages, roster, _incident!, checkpoint)))
        {
            case RecoveryDecision.RollForward forward:
                return new Transition.Enter(new RollingForward(progress.Ballot, reports, forward.Commit, forward.Behind));
            case RecoveryDecision.ReadCheckpoints read:
                _incident!.Lost = read.Lost;
                _incident.Doubted.UnionWith(read.Differing);
                outbox.Add(new Effect.ReadCheckpoints(progress.Version, _unreadable, rules.Plan.StopsWhenNotFinite));
                return Transition.Stay.Instance;
            case RecoveryDecision.Rebuild plan:
                return Rebuild(plan, reports);
            default:
                throw new InvalidOperationException("a decision that has no effect");
        }
    }

    /// <summary>The newest checkpoint is known.</summary>
    public Transition Take(CheckpointRead read, StateReports reports)
    {
        if (read.Newest is null || read.Newest.Ballot.Counter < progress.Ballot.Counter) return Decide(reports, read);
        // Later checkpoints need a higher ballot than earlier ones.
        progress.Ballot = new Ballot(read.Newest.Ballot.Counter, rules.Here);
        return new Transition.Recover(_incident!.Reason);
    }

    /// <summary>There is no room for all stages.</summary>
    public Transition AwaitCapacity(StateReports reports) =>
        new Transition.Enter(new AwaitingCapacity(rules, progress, roster, _incident!, reports));

    /// <summary>Every stage is placed: it gets the placement of the others, and then the state that it lacks.</summary>
    public Transition Wire(Placing placing)
    {
        var (stages, placement) = (placing.Ready, progress.Committed.Placement);
        var placed = new PlacedStages(rules, progress.Ballot, placement, [.. stages.Select(s => s.Actor)], [.. stages.Select(s => s.Detector)]);
        // Stages take no other state than that of the last commit.
        if (placing.Plan is not RecoveryDecision.Restore)
            progress.Committed = progress.Committed with { Digests = [.. stages.Select(s => s.Own.GetValueOrDefault())], DigestsVersion = progress.Version };
        if (BegunUnlike(placing) is { IsEmpty: false } unlike)
            return new Transition.Enter(new ComparingBeginnings(placed, progress.Evaluation(0), stages, unlike, _incident!.Origin));
        var committed = progress.Committed;
        outbox.Add(new Effect.Expect(placed.Ballot, placement, placing.Places.Retiring.ToImmutableDictionary(s => s.Stage, s => s.Node)));
        outbox.ToStages(
            [.. placed.Stages, .. placing.Places.Retiring.Select(s => s.Actor)],
            new StageAddresses(
                placed.Ballot, placed.Stages, placement, committed.At(placed.Ballot, committed.Version, committed.Trained, committed.Detectors)));
        var sources = stages;
        ImmutableArray<Transfer> transfers;
        if (placing.Plan is RecoveryDecision.Restore restore)
        {
            (sources, transfers) = (restore.Sources, restore.Transfers);
        }
        else
        {
            if (MisreadBlock() is { } block) return rules.IsRefereed ? GoBackFurther(block, Misread(block)) : new Transition.Fail(Misread(block));
            transfers = RecoveryPlanner.Lacking(rules, progress.Committed, stages);
        }

        var work = progress.Evaluation(0);
        outbox.Add(new Effect.BeginStep(work));
        var next = new AfterRestoring.Resume(Restoration(transfers, sources), placing.Places.Retiring);
        return new Transition.Enter(
            new Restoring(placed, work, progress.Committed.Digests, [.. transfers.Select(t => (t, sources[t.Block].Actor))], next));
    }

    /// <summary>
    /// The referee has built the blocks whose holders say that they begin with different states. Those that differ from it are convicted. Where
    /// it cannot read what they begin with, no stage is: they may have met the same disk.
    /// </summary>
    public Transition Judge(ComparingBeginnings begun)
    {
        if (begun.NotBuilt is { } block)
        {
            var reason = $"block {block}: stages {block} and {rules.HolderOfCopy(block)} begin with different states, and the server cannot read what with";
            return _incident!.Origin.Manifest is null ? new Transition.Fail(reason) : GoBackFurther(block, reason);
        }

        progress.Committed = progress.Committed with { Digests = begun.Correct(progress.Committed.Digests) };
        return new Transition.Misgiven(begun, begun.Findings);
    }

    /// <summary>Every block has its holders again: the recovery is over.</summary>
    public void End(AfterRestoring.Resume resumed, Now now)
    {
        foreach (var retired in resumed.Retiring) roster.Drop(retired.Node, retired.Actor, progress.Ballot, outbox);
        var (committed, took) = (progress.Committed, now.Uptime - _incident!.Began);
        outbox.Report(_hasBegun || _incident.Origin.Kind == BlockOrigin.Transfer
            ? new RecoveryEnded(committed.Version, resumed.How, committed.Placement, took) { Reason = _incident.Reasons, IsMove = _incident.IsMove }
            : new RunStarted(committed.Placement) { Took = took });
        quarantine.SendAway(committed, progress.Ballot);
        _hasBegun = true;
        _incident = null;
        // A new server reports what its predecessor may not have reported.
        if (committed.Reached is { } commit) outbox.Report(progress.Reached(commit) with { Elapsed = commit.State.Trained });
    }

    private Transition Rebuild(RecoveryDecision.Rebuild plan, StateReports reports)
    {
        if (plan.Origin.Kind != BlockOrigin.Transfer) _incident!.Doubted.Clear();
        if (plan.Origin.Manifest is { } manifest) checkpoints.GoneBackTo(manifest);
        progress.Committed = plan.Committed;
        // What a convicted stage had made of it may have been evaluated.
        if (plan is RecoveryDecision.FallBack && plan.Committed.Rulings.All.Any(ruling => ruling.Convicted is not null)) progress.EvaluatedVersion = 0;
        _incident!.Origin = plan.Origin;
        _incident!.Lost = plan.Lost;
        foreach (var stage in plan.Dropped)
        {
            reports.Drop(stage.Actor);
            roster.Drop(stage.Node, stage.Actor, progress.Ballot, outbox);
        }

        return plan switch
        {
            RecoveryDecision.Restore restore => Place(restore.Places),
            RecoveryDecision.FallBack back => Place(back.Places),
            _ => AwaitCapacity(reports),
        };

        Transition Place(PlacementPlan places) => new Transition.Enter(new Placing(rules, progress.Ballot, roster, reports, plan, places));
    }

    // A disk may have done it, or a stage that reads falsely: the checkpoint before this one is used, and no stage is convicted.
    private Transition.Recover GoBackFurther(int block, string reason)
    {
        var manifest = _incident!.Origin.Manifest!;
        _unreadable = _unreadable.Add((manifest.Version, manifest.Ballot));
        return new Transition.Recover(reason) { Doubted = [block] };
    }

    private string Misread(int block) => $"block {block} was read from the checkpoint of version {progress.Version} with another state than was written";

    private int? MisreadBlock() => _incident!.Origin.Manifest is not { } manifest || manifest.Shards.Length != rules.Plan.Stages ? null
        : manifest.Shards.Where(shard => shard.StateDigest != progress.Committed.Digests[shard.Block]).Select(shard => (int?)shard.Block).FirstOrDefault();

    // Of version 0, or of a checkpoint of another cut, there is no digest: what its two holders have built alike counts, and no holder alone.
    private ImmutableArray<int> BegunUnlike(Placing placing)
    {
        if (rules.Ring is not { HasCopies: true } || placing.Plan is RecoveryDecision.Restore) return [];
        if (_incident!.Origin.Manifest?.Shards.Length == rules.Plan.Stages) return [];
        return [.. rules.AllStages.Where(block => placing.Ready[block].Own != placing.Ready[rules.HolderOfCopy(block)].Copy)];
    }

    private string Restoration(ImmutableArray<Transfer> transfers, ImmutableArray<StageState> sources)
    {
        var since = _incident!.Lost is { } lost ? $", since {lost}" : "";
        return _incident.Origin.Kind switch
        {
            BlockOrigin.Checkpoint => $"all blocks from the checkpoint of version {progress.Version}{since}",
            BlockOrigin.Initial => $"all blocks from version 0{since}",
            _ when transfers.IsEmpty => "nothing had to be restored",
            _ => string.Join(", ", transfers.Select(t => $"block {t.Block} on {progress.Committed.Placement[t.To]} from {sources[t.Block].Node}")),
        };
    }
}
