using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>The run's progress.</summary>
/// <param name="rules">The run.</param>
internal sealed class Progress(RunRules rules)
{
    private readonly RetryBudget _budget = new(rules.Plan.Recovery.Retries);

    /// <summary>The ballot under which the coordinator leads, or asks to. It only rises.</summary>
    public Ballot Ballot { get; set; } = new(0, rules.Here);

    /// <summary>What is committed.</summary>
    public CommittedState Committed { get; set; } = new();

    /// <summary>Iterations committed.</summary>
    public long Version => Committed.Version;

    /// <summary>The iteration under way or cut short; where it is not committed when the run ends, that is reported.</summary>
    public IterationLedger? Iteration { get; private set; }

    /// <summary>State queries since the last commit; distinguishes the retries of an iteration or an evaluation.</summary>
    public int Retry { get; private set; }

    /// <summary>Whether the run was asked to end.</summary>
    public bool IsInterrupted { get; set; }

    /// <summary>Why the run is marked failed although it can go on; null where it is not. Set once.</summary>
    public string? GivenUp { get; set; }

    /// <summary>The version that was evaluated last.</summary>
    public long EvaluatedVersion { get; set; }

    /// <summary>Mean loss of the evaluation with which the run ends.</summary>
    public double? FinalLoss { get; set; }

    /// <summary>An evaluation of the committed version.</summary>
    /// <param name="round">The first micro-batch of the round.</param>
    public StepId Evaluation(int round) => new(Ballot, Version, Purpose.Evaluation, Retry, 0, round);

    /// <summary>Another iteration begins.</summary>
    public IterationLedger Begin(Now now) => Iteration =
        new IterationLedger(Version, rules.Plan, now.Uptime, Retry, Committed.Rulings);

    /// <summary>Counts a failure. Returns the reason to end the run if the limit is exceeded, otherwise null.</summary>
    /// <param name="subject">What failed, where that may be the run's own fault.</param>
    /// <param name="reason">What broke.</param>
    public string? Exhausts(string? subject, string reason)
    {
        if (subject is null || !_budget.Exhausts(subject)) return null;
        var most = rules.Plan.Recovery.Retries;
        return most == 0 ? reason
            : $"iteration {Version} was given up after {(most == 1 ? "1 retry" : $"{most} retries")} (recovery.retries); the last: {reason}";
    }

    /// <summary>A state query begins, under a higher ballot.</summary>
    public void BeginQuery()
    {
        Retry++;
        Ballot = new Ballot(Ballot.Counter + 1, rules.Here);
    }

    /// <summary>Adds the rulings that others were told of, before what they report: of some it does not count.</summary>
    public void LearnRulings(params IEnumerable<Rulings> told) => Committed = Committed with
    {
        Rulings = told.Aggregate(Committed.Rulings, Rulings.Later),
    };

    /// <summary>Adds what else holders report.</summary>
    public void Learn(StateReports reports)
    {
        var learned = Committed.Learn([.. reports.Stages.Where(stage => stage.Own is not null || stage.Copy is not null)]);
        if (learned.Version > Version) Iteration?.Close();
        Committed = learned with { Rulings = Committed.Rulings };
        _budget.Reach(Version);
    }

    /// <summary>Every holder has stepped, to states with these digests.</summary>
    public void Stepped(ImmutableArray<UInt128> digests) =>
        Committed = Committed with { Digests = digests, DigestsVersion = Version + 1, Detectors = Committed.Last!.State.Detectors };

    /// <summary>Every holder has stepped: the iteration is committed.</summary>
    /// <returns>What is reported of it.</returns>
    public IterationCommitted Record(IterationLedger iteration, Now now)
    {
        iteration.Close();
        Committed = Committed with { Version = Version + 1, Trained = Committed.Trained + (now.Uptime - iteration.Began) };
        _budget.Reach(Version);
        Retry = 0;
        return Reached(Committed.Last!) with { Refetched = [.. iteration.Refetched], Elapsed = Committed.Trained, Audits = iteration.Audits };
    }

    /// <summary>The record of the commit that led to this version, with what is known since.</summary>
    public IterationCommitted Reached(Commit commit) => !rules.IsRefereed ? commit.Record : commit.Record with
    {
        Rulings = [.. Committed.Rulings.Of(commit.Record.Iteration)],
        Digests = Committed.HasDigests ? Committed.Digests : [],
    };
}
