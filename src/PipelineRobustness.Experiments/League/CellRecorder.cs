using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.League;

/// <summary>Listens to a cell's run, and counts what came of it. Called on the server's thread, read after the run has ended.</summary>
/// <param name="prepared">The run.</param>
internal sealed class CellRecorder(PreparedRun prepared) : IRunObserver
{
    private readonly RunSettings _run = prepared.Settings;
    private readonly LiarTruth _truth = new(prepared.Settings);
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

    /// <summary>What came of it.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="identity">The run's identity.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="took">CPU time.</param>
    /// <exception cref="InvalidOperationException">An event could not be recorded.</exception>
    public LeagueRow Row(CellKey cell, string identity, RunOutcome outcome, TimeSpan took)
    {
        if (_error is { } error) throw new InvalidOperationException($"events of {_run.Name} could not be recorded: {error.Message}", error);
        var (refereed, isDone) = (_run.Defence.Rule.IsRefereed, outcome.Status == RunStatus.Done);
        AttackEvent[] attacks = [.. refereed ? _truth.Completed(_record.Attacks, _record.Rulings) : _record.Attacks];
        Array.Sort(attacks);
        var attacked = attacks.GroupBy(attack => (attack.Iteration, attack.Attempt)).ToList();
        var (tally, first) = (Tally(attacks), Array.FindIndex(attacks, attack => Caught([attack]) > 0));
        var audits = AuditCount.Of(_run, _record.AuditKeys);
        var perplexity = outcome.EvaluationLoss is { } loss ? Math.Exp(loss) : double.NaN;
        return new LeagueRow
        {
            Attacker = cell.Attacker,
            Detector = cell.Detector,
            Family = cell.Family,
            Seed = cell.Seed,
            Identity = identity,
            CleanIdentity = "",
            Program = Versions.Program,
            Done = isDone,
            Reason = isDone ? null : outcome.Reason,
            Iterations = outcome.Iterations,
            Attempts = _worked,
            Attacks = tally.Attacks,
            Detected = tally.Detected,
            Averted = tally.Averted,
            Delay = first < 0 ? null : first + 1,
            AttackedAttempts = attacked.Count,
            CaughtAttempts = attacked.Count(attempt => Caught([.. attempt]) > 0),
            Checks = CellCost.Checks(prepared, _worked, audits),
            FalseFindings = refereed ? FindingCount.Of(_record.Verdicts, _record.Rulings).False : tally.FalseConvictions,
            FalseConvictions = refereed ? tally.FalseConvictions : 0,
            Perplexity = isDone && double.IsFinite(perplexity) ? perplexity : null,
            Weights = isDone && !outcome.FinalState.IsDefaultOrEmpty
                ? Fingerprint.Weights([.. outcome.FinalState.SelectMany(block => block.Parameters)]) : null,
            CpuSeconds = Math.Round(took.TotalSeconds, 3),
            Bytes = CellCost.Bytes(prepared, _worked, audits),
            Shuffled = ShuffledTruth.Of(Slots(), attacks.Length, Caught, _run.Seed),
        };
    }

    // A verdict is counted as a conviction that averts nothing.
    private ConvictionTally Tally(IReadOnlyCollection<AttackEvent> attacks)
    {
        if (_run.Defence.Rule.IsRefereed) return ConvictionTally.Of(attacks, _record.Rulings);
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
           from stage in Enumerable.Range(0, _run.Pipeline.Stages)
           select new AttackEvent(iteration, attempt, direction, stage),
    ];
}
