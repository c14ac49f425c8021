using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Listens to one run: keeps what its result needs, writes every event to the log, and passes it on; an event that a
/// server reports again changes nothing, unless it is of an iteration that was worked again without a lie. Called on the
/// server's thread, read after the run has ended.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="record">What is recorded of it so far.</param>
/// <param name="log">Where events are written.</param>
/// <param name="next">Receives them afterwards.</param>
internal sealed class RunRecorder(PreparedRun run, RunRecord record, EventLog log, IExperimentObserver next) : IRunObserver
{
    private readonly LiarTruth _truth = new(run.Settings);
    private volatile Exception? _error;

    // Of an iteration that is recorded as committed: the run fell back and may end before it.
    private IterationAbandoned? _abandoned;

    // Whether one node has all stages; null before they are placed.
    private bool? _hasOneNode;

    // Told once by each process.
    private bool _toldNotFinite;

    /// <inheritdoc/>
    public bool Stops => _error is not null;

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        // Events after a gap are of no use.
        if (_error is not null)
            return;

        try
        {
            if (occurrence is RunStarted started)
                _hasOneNode ??= started.Placement.Distinct().Count() == 1;

            var whole = _truth.In(NotesOfAttacks.In(occurrence), record.Rulings);
            if (record.IsOutdatedBy(whole))
                WorkAgain(((IterationCommitted)whole).Iteration);
            if (whole is IterationAbandoned abandoned && abandoned.Iteration < record.Iterations)
                _abandoned = abandoned;
            else if (record.Take(whole))
                Keep(whole);
            else if (occurrence is NumberNotFinite && !_toldNotFinite)
                Tell(occurrence);
        }
        catch (Exception e)
        {
            // An observer must not throw: an error here (a full disk) is reported when the run is over.
            _error = e;
        }
    }

    /// <summary>The result of the run, without its weights. One whose events could not be kept has failed, with the numbers that it has.</summary>
    /// <exception cref="FolderTakenException">Another process has taken the run over.</exception>
    public RunResult Result(RunOutcome outcome)
    {
        if (_error is FolderTakenException)
            throw _error;

        if (_error is { } error && NotSavedException.IsRefusal(error))
            return Ended(outcome).NotSaved(new NotSavedException("events.jsonl", error));

        if (_error is not null)
            throw new InvalidOperationException($"events of run {run.Settings.Name} could not be kept: {_error.Message}", _error);

        // It fell back to a finite version and ended there.
        if (outcome.Status == RunStatus.Failed && record.NotFinite is not null && outcome.Iterations < record.Iterations)
            CutTo(outcome.Iterations);

        // What was ruled when the final state was collected belongs to no iteration.
        foreach (var ruling in record.Rulings.Where(ruling => ruling.Iteration >= record.Iterations && outcome.Status == RunStatus.Done))
            log.Write(run.Settings.Name, new RulingMade(ruling));

        return Ended(outcome);
    }

    /// <summary>The result of a run that ended with an exception: what is recorded of it.</summary>
    public RunResult Failed(string reason) => SoFar(RunStatus.Failed, reason);

    private RunResult Ended(RunOutcome outcome) => SoFar(outcome.Status, outcome.Reason) with
    {
        Iterations = outcome.Iterations,
        EvaluationLoss = outcome.EvaluationLoss,
    };

    private RunResult SoFar(RunStatus status, string? reason)
    {
        var refereed = Refereed;
        return new RunResult
        {
            Settings = run.Settings,
            Status = status,
            Reason = reason,
            Iterations = record.Iterations,
            Tally = refereed?.Tally.AsVerdicts ?? record.Tally,
            Refereed = refereed,
            Attempts = record.Totals.Attempts,
            Repeats = record.Totals.Repeats,
            Disagreements = record.Totals.Disagreements,
            Skipped = record.Totals.Skipped,
            Frozen = record.Totals.Frozen,
            Recoveries = record.Recoveries,
            NotFinite = record.NotFinite,
            // As experiment.json has it, so that a resumed experiment has the same numbers.
            TrainingTime = TimeSpan.FromMilliseconds(Math.Round(record.Totals.TrainingTime.TotalMilliseconds)),
            Losses = record.Losses,
            Evaluations = record.Evaluations,
            Inputs = run.Inputs,
        };
    }

    private RefereeResult? Refereed => run.Settings.Defence.Rule.IsRefereed
        ? new RefereeResult(
            ConvictionTally.Of(_truth.Completed(record.Attacks, record.Rulings), record.Rulings), record.Rulings,
            Quarantine.Of(record.Rulings, run.Settings.Defence.QuarantineAfter, _hasOneNode == true),
            AuditCount.Of(run.Settings, record.AuditKeys),
            FindingCount.Of(record.Verdicts, record.Rulings))
        : null;

    private void WorkAgain(long iteration)
    {
        record.WorkAgain(iteration);
        log.CutTo(run.Settings.Name, iteration);
    }

    private void CutTo(long iterations)
    {
        record.CutTo(iterations);
        log.CutTo(run.Settings.Name, iterations);
        if (_abandoned is { } last && last.Iteration == iterations && record.Take(last))
            Log(last);
    }

    private void Keep(RunEvent occurrence)
    {
        Log(occurrence);
        Tell(occurrence);
    }

    // A ruling has its line before its iteration's, or at once where that is recorded: the iteration is worked again.
    private void Log(RunEvent occurrence)
    {
        if (occurrence is RulingMade made && made.Ruling.Iteration >= record.Iterations)
            return;

        if (occurrence is IterationAbandoned abandoned)
        {
            foreach (var ruling in record.Rulings.Where(ruling => ruling.Iteration == abandoned.Iteration))
                log.Write(run.Settings.Name, new RulingMade(ruling));
        }

        log.Write(run.Settings.Name, occurrence);
    }

    private void Tell(RunEvent occurrence)
    {
        _toldNotFinite |= occurrence is NumberNotFinite;
        next.Happened(run.Settings, occurrence);
    }
}
