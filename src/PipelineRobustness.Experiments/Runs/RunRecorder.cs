using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>
/// Listens to one run: keeps what its result needs, writes every event to the log, and passes it on. Heard on the
/// server's thread, read after the run has ended.
/// </summary>
internal sealed class RunRecorder(PreparedRun run, EventLog log, IExperimentObserver next) : IRunObserver
{
    private readonly List<LossPoint> _losses = [];
    private readonly List<LossPoint> _evaluations = [];
    private readonly List<Verdict> _verdicts = [];
    private TimeSpan _trainingTime;
    private long _tries;
    private long _repeats;
    private long _disagreements;
    private long _skipped;
    private long _frozen;
    private Exception? _trouble;

    /// <summary>All verdicts so far.</summary>
    public IReadOnlyList<Verdict> Verdicts => _verdicts;

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        try
        {
            Keep(occurrence);
            log.Write(run.Settings.Name, occurrence);
            next.Happened(run.Settings, occurrence);
        }
        catch (Exception e)
        {
            // An observer must not throw: what went wrong here (a full disk) is told when the run is over.
            _trouble ??= e;
        }
    }

    /// <summary>What the run came to, apart from its weights.</summary>
    /// <exception cref="IOException">The event log could not be written.</exception>
    public RunResult Result(RunOutcome outcome)
    {
        if (_trouble is not null)
            throw new IOException($"events of run {run.Settings.Name} could not be kept: {_trouble.Message}", _trouble);

        return new RunResult
        {
            Settings = run.Settings,
            Status = outcome.Status,
            Reason = outcome.Reason,
            Iterations = outcome.Iterations,
            EvaluationLoss = outcome.EvaluationLoss,
            Tries = _tries,
            Repeats = _repeats,
            Disagreements = _disagreements,
            Skipped = _skipped,
            Frozen = _frozen,
            // As experiment.json has it, so that a resumed experiment has the same numbers.
            TrainingTime = TimeSpan.FromMilliseconds(Math.Round(_trainingTime.TotalMilliseconds)),
            Losses = _losses,
            Evaluations = _evaluations,
        };
    }

    private void Keep(RunEvent occurrence)
    {
        switch (occurrence)
        {
            case IterationCommitted committed:
                Commit(committed);
                break;
            case IterationAbandoned abandoned:
                _verdicts.AddRange(abandoned.Verdicts);
                Count(abandoned.Tries, abandoned.Repeats, abandoned.Disagreements);
                break;
            case Evaluated evaluated:
                _evaluations.Add(new LossPoint(evaluated.Iteration, evaluated.Loss));
                break;
        }
    }

    private void Commit(IterationCommitted committed)
    {
        _losses.Add(new LossPoint(committed.Iteration + 1, committed.Loss));
        _verdicts.AddRange(committed.Verdicts);
        Count(committed.Tries, committed.Repeats, committed.Disagreements);
        _skipped += committed.Skipped.Length;
        _frozen += committed.Frozen.Length;
        _trainingTime = committed.Elapsed;
    }

    private void Count(int tries, int repeats, int disagreements)
    {
        _tries += tries;
        _repeats += repeats;
        _disagreements += disagreements;
    }
}
