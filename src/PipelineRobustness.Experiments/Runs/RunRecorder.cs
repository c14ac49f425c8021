using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Listens to one run: keeps what its result needs, writes every event to the log, and passes it on; an event that a
/// server reports again changes nothing. Called on the server's thread, read after the run has ended.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="record">What is recorded of it so far.</param>
/// <param name="log">Where events are written.</param>
/// <param name="next">Receives them afterwards.</param>
internal sealed class RunRecorder(PreparedRun run, RunRecord record, EventLog log, IExperimentObserver next) : IRunObserver
{
    private volatile Exception? _error;

    // Of an iteration that is recorded as committed: the run fell back and may end before it.
    private IterationAbandoned? _abandoned;

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
            if (occurrence is IterationAbandoned abandoned && abandoned.Iteration < record.Iterations)
                _abandoned = abandoned;
            else if (record.Take(occurrence))
                Keep(occurrence);
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

        return Ended(outcome);
    }

    /// <summary>The result of a run that ended with an exception: what is recorded of it.</summary>
    public RunResult Failed(string reason) => SoFar(RunStatus.Failed, reason);

    private RunResult Ended(RunOutcome outcome) => SoFar(outcome.Status, outcome.Reason) with
    {
        Iterations = outcome.Iterations,
        EvaluationLoss = outcome.EvaluationLoss,
    };

    private RunResult SoFar(RunStatus status, string? reason) => new()
    {
        Settings = run.Settings,
        Status = status,
        Reason = reason,
        Iterations = record.Iterations,
        Tally = record.Tally,
        Attempts = record.Attempts,
        Repeats = record.Repeats,
        Disagreements = record.Disagreements,
        Skipped = record.Skipped,
        Frozen = record.Frozen,
        Recoveries = record.Recoveries,
        NotFinite = record.NotFinite,
        // As experiment.json has it, so that a resumed experiment has the same numbers.
        TrainingTime = TimeSpan.FromMilliseconds(Math.Round(record.TrainingTime.TotalMilliseconds)),
        Losses = record.Losses,
        Evaluations = record.Evaluations,
        Inputs = run.Inputs,
    };

    private void CutTo(long iterations)
    {
        record.CutTo(iterations);
        log.CutTo(run.Settings.Name, iterations);
        if (_abandoned is { } last && last.Iteration == iterations && record.Take(last))
            log.Write(run.Settings.Name, last);
    }

    private void Keep(RunEvent occurrence)
    {
        log.Write(run.Settings.Name, occurrence);
        Tell(occurrence);
    }

    private void Tell(RunEvent occurrence)
    {
        _toldNotFinite |= occurrence is NumberNotFinite;
        next.Happened(run.Settings, occurrence);
    }
}
