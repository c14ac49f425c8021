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

    /// <summary>The result of the run, without its weights.</summary>
    /// <exception cref="FolderTakenException">Another process has taken the run over.</exception>
    /// <exception cref="IOException">The event log could not be written.</exception>
    public RunResult Result(RunOutcome outcome)
    {
        if (_error is FolderTakenException)
            throw _error;

        if (_error is not null)
            throw new IOException($"events of run {run.Settings.Name} could not be kept: {_error.Message}", _error);

        // It fell back to a finite version and ended there.
        if (outcome.Status == RunStatus.Failed && record.NotFinite is not null && outcome.Iterations < record.Iterations)
            CutTo(outcome.Iterations);

        return new RunResult
        {
            Settings = run.Settings,
            Status = outcome.Status,
            Reason = outcome.Reason,
            Iterations = outcome.Iterations,
            EvaluationLoss = outcome.EvaluationLoss,
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
        };
    }

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
