using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;
using Spectre.Console;

namespace PipelineRobustness.Cli.Progress;

/// <summary>Progress on a terminal: a table of the runs that changes in place, at most ten times a second.</summary>
internal sealed class LiveProgress : IExperimentObserver
{
    private static readonly TimeSpan RefreshMin = TimeSpan.FromMilliseconds(100);
    private readonly ProgressBook _book;
    private readonly TimeProvider _clock;
    private readonly LiveDisplayContext _display;
    private readonly Profile _profile;
    private string? _wait;
    private string? _failure;
    private long _shownAt;

    private LiveProgress(PreparedExperiment experiment, LiveDisplayContext display, Profile profile, TimeProvider clock)
    {
        _book = new ProgressBook(experiment);
        _display = display;
        _profile = profile;
        _clock = clock;
        _shownAt = clock.GetTimestamp();
    }

    /// <summary>Shows an experiment's progress while <paramref name="work"/> runs it.</summary>
    public static Task<ExperimentResult> ShowAsync(
        PreparedExperiment experiment, IAnsiConsole console, TimeProvider clock, Func<IExperimentObserver, Task<ExperimentResult>> work) =>
        console.Live(new Text("starting")).StartAsync(display => work(new LiveProgress(experiment, display, console.Profile, clock)));

    /// <inheritdoc/>
    public void Began(RunSettings run)
    {
        _book.Of(run).Begin();
        _failure = null;
        Show();
    }

    /// <inheritdoc/>
    public void Resumes(RunSettings run, long iterations, long verdicts, TimeSpan trained)
    {
        _book.Of(run).GoOn(iterations, verdicts, trained);
        Show();
    }

    /// <inheritdoc/>
    public void Happened(RunSettings run, RunEvent occurrence)
    {
        _book.Note(run, occurrence);
        _wait = occurrence is WaitReported wait ? ResultText.Of(wait, _clock) : null;
        var failure = ResultText.OfFailure(occurrence);
        _failure = failure is null ? _failure : $"{run.Name}: {failure}";
        if (_wait is not null || failure is not null || _clock.GetElapsedTime(_shownAt) >= RefreshMin)
            Show();
    }

    /// <inheritdoc/>
    public void Ended(RunResult result)
    {
        _book.Of(result.Settings).End(result);
        Show();
    }

    private void Show()
    {
        _shownAt = _clock.GetTimestamp();
        var left = _book.TimeLeft is { } time && time > TimeSpan.Zero ? $"about {Amount.Time(time)} left; " : "";
        var latest = _failure is null ? "" : $"{_failure}; ";
        var below = _wait ?? (_book.Runs.Any(r => r.Result is null) ? $"{latest}{left}Ctrl-C ends after the current iteration" : "");
        _display.UpdateTarget(new Rows(ProgressTable.Of(_book.Runs, _profile.Width, _profile.Height), new Text(below)));
    }
}
