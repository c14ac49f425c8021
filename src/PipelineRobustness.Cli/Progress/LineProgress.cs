using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli.Progress;

/// <summary>Progress without a terminal: a line for each tenth of a run, but not more often than every five seconds.</summary>
internal sealed class LineProgress(PreparedExperiment experiment, TextWriter writer, TimeProvider clock) : IExperimentObserver
{
    private const int Parts = 10;
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(5);
    private readonly ProgressBook _book = new(experiment);
    private long _spokeAt = clock.GetTimestamp();
    private long _partsTold;

    /// <inheritdoc/>
    public void Began(RunSettings run)
    {
        _book.Of(run).Begin();
        _partsTold = 0;
        _spokeAt = clock.GetTimestamp();
        writer.WriteLine($"{run.Name}: {run.Training.Iterations} iterations{(run.From is null ? "" : $" from {run.From}")}");
    }

    /// <inheritdoc/>
    public void Resumes(RunSettings run, long iterations, long verdicts, TimeSpan trained)
    {
        _book.Of(run).GoOn(iterations, verdicts, trained);
        _partsTold = (long)(_book.Of(run).Share * Parts);
        writer.WriteLine($"{run.Name}: begun earlier, {iterations} iterations recorded");
    }

    /// <inheritdoc/>
    public void Happened(RunSettings run, RunEvent occurrence)
    {
        _book.Note(run, occurrence);
        if (occurrence is WaitReported wait)
            writer.WriteLine($"{run.Name}: {ResultText.Of(wait, clock)}");
        else if (ResultText.OfFailure(occurrence) is { } failure)
            writer.WriteLine($"{run.Name}: {failure}");
        else if (occurrence is IterationCommitted)
            Tell(_book.Of(run));
    }

    /// <inheritdoc/>
    public void Ended(RunResult result)
    {
        _book.Of(result.Settings).End(result);
        var left = _book.TimeLeft is { TotalSeconds: >= 1 } time ? $"; about {Amount.Time(time)} left for all runs" : "";
        writer.WriteLine($"{result.Settings.Name}: {ResultText.Of(result)}{left}");
    }

    private void Tell(RunProgress run)
    {
        var parts = (long)(run.Share * Parts);
        if (parts <= _partsTold || parts == Parts || clock.GetElapsedTime(_spokeAt) < SilenceMin)
            return;

        _partsTold = parts;
        _spokeAt = clock.GetTimestamp();
        var left = _book.TimeLeft is { } time ? $", {Amount.Time(time)} left" : "";
        writer.WriteLine(
            $"{run.Settings.Name}: iteration {run.Iterations} of {run.Settings.Training.Iterations}, loss {Amount.Measure(run.Loss)}, "
            + $"{Amount.Count(1 / run.SecondsPerToken ?? 0)} tokens/s, {run.Verdicts} verdicts{left}");
    }
}
