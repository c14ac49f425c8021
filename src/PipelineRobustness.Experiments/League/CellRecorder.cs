using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.League;

/// <summary>Listens to a cell's run, and counts what came of it. Called on the server's thread, read after the run has ended.</summary>
/// <param name="run">The run.</param>
internal sealed class CellRecorder(RunSettings run) : IRunObserver
{
    private readonly LiarTruth _truth = new(run);
    private readonly RunRecord _record = new();

    // Of each iteration, as it was committed first.
    private readonly List<int> _attempts = [];

    // Of all commits, those included that were undone and made again.
    private long _worked;
    private volatile Exception? _error;

    /// <inheritdoc/>
    public bool Stops => _error is not null;

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        if (_error is not null) return;
        try
        {
            var whole = _truth.In(NotesOfAttacks.In(occurrence), _record.Rulings);
            // An iteration that is worked again, without a lie that was committed, stays as it was: the lie was made.
            if (whole is IterationCommitted { Attempts: var worked }) _worked += worked;
            if (_record.Take(whole) && whole is IterationCommitted committed) _attempts.Add(committed.Attempts);
        }
        catch (Exception e)
        {
            // An observer must not throw: the error is reported when the run is over.
            _error = e;
        }
    }

    /// <summary>What came of it, in numbers.</summary>
    /// <exception cref="InvalidOperationException">An event could not be recorded.</exception>
    public CellCounts Counts()
    {
        if (_error is { } error) throw new InvalidOperationException($"events of {run.Name} could not be recorded: {error.Message}", error);
        var refereed = run.Defence.Rule.IsRefereed;
        AttackEvent[] attacks = [.. refereed ? _truth.Completed(_record.Attacks, _record.Rulings) : _record.Attacks];
        Array.Sort(attacks);
        var attacked = attacks.GroupBy(attack => (attack.Iteration, attack.Attempt)).ToList();
        var (tally, first) = (Tally(attacks), Array.FindIndex(attacks, attack => Caught([attack]) > 0));
        return new CellCounts
        {
            Attempts = _worked,
            Attacks = tally.Attacks,
            Detected = tally.Detected,
            Averted = tally.Averted,
            Delay = first < 0 ? null : first + 1,
            AttackedAttempts = attacked.Count,
            CaughtAttempts = attacked.Count(attempt => Caught([.. attempt]) > 0),
            FalseFindings = refereed ? FindingCount.Of(_record.Verdicts, _record.Rulings).False : tally.FalseConvictions,
            FalseConvictions = refereed ? tally.FalseConvictions : 0,
            Audits = AuditCount.Of(run, _record.AuditKeys),
            Shuffled = ShuffledTruth.Of(Slots(), attacks.Length, Caught, run.Seed),
        };
    }

    // A verdict is counted as a conviction that averts nothing.
    private ConvictionTally Tally(IReadOnlyCollection<AttackEvent> attacks)
    {
        if (run.Defence.Rule.IsRefereed) return ConvictionTally.Of(attacks, _record.Rulings);
        var found = VerdictTally.Of(attacks, _record.Verdicts);
        return new(found.Attacks, found.Detected, 0, found.Attacks - found.Detected, found.FalseVerdicts, 0, 0);
    }

    private long Caught(IReadOnlyCollection<AttackEvent> attacks)
    {
        var tally = Tally(attacks);
        return tally.Detected + tally.Averted;
    }

    private AttackEvent[] Slots() =>
    [
        .. from iteration in Enumerable.Range(0, _attempts.Count)
           from attempt in Enumerable.Range(0, _attempts[iteration])
           from direction in (Direction[])[Direction.Forward, Direction.Backward]
           from stage in Enumerable.Range(0, run.Pipeline.Stages)
           select new AttackEvent(iteration, attempt, direction, stage),
    ];
}

/// <summary>What a run's events come to; as in <see cref="LeagueRow"/>.</summary>
internal sealed record CellCounts
{
    public required long Attempts { get; init; }

    public required long Attacks { get; init; }

    public required long Detected { get; init; }

    public required long Averted { get; init; }

    public required long? Delay { get; init; }

    public required long AttackedAttempts { get; init; }

    public required long CaughtAttempts { get; init; }

    public required long FalseFindings { get; init; }

    public required long FalseConvictions { get; init; }

    public required AuditCount Audits { get; init; }

    public required ShuffledTruth Shuffled { get; init; }
}
