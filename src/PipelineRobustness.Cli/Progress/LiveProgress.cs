using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PipelineRobustness.Cli;

/// <summary>Progress on a terminal: a table of the runs that changes in place, at most ten times a second.</summary>
internal sealed class LiveProgress : IExperimentObserver
{
    private const int BarWidth = 20;
    private static readonly TimeSpan RefreshMin = TimeSpan.FromMilliseconds(100);
    private readonly ProgressBook _book;
    private readonly TimeProvider _clock;
    private readonly LiveDisplayContext _display;
    private string? _wait;
    private long _shownAt;

    private LiveProgress(ExperimentSettings experiment, LiveDisplayContext display, TimeProvider clock)
    {
        _book = new ProgressBook(experiment);
        _display = display;
        _clock = clock;
        _shownAt = clock.GetTimestamp();
    }

    /// <summary>Shows an experiment as <paramref name="work"/> goes on with it.</summary>
    public static Task<ExperimentResult> ShowAsync(
        ExperimentSettings experiment, IAnsiConsole console, TimeProvider clock, Func<IExperimentObserver, Task<ExperimentResult>> work) =>
        console.Live(new Text("starting")).StartAsync(display => work(new LiveProgress(experiment, display, clock)));

    /// <inheritdoc/>
    public void Began(RunSettings run)
    {
        _book.Of(run).Begin();
        Show();
    }

    /// <inheritdoc/>
    public void Happened(RunSettings run, RunEvent occurrence)
    {
        _book.Note(run, occurrence);
        _wait = occurrence is WaitReported wait ? $"{wait.Who} has waited since {wait.Since:HH:mm:ss} for {wait.What}" : null;
        if (_wait is not null || _clock.GetElapsedTime(_shownAt) >= RefreshMin)
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
        var left = _book.TimeLeft is { } time && time > TimeSpan.Zero ? $"about {Amount.Time(time)} left; Ctrl-C ends after the current iteration" : "";
        _display.UpdateTarget(new Rows(Table(), new Text(_wait ?? left)));
    }

    private Table Table()
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        table.AddColumn("run");
        table.AddColumn("progress");
        foreach (var column in new[] { "iteration", "loss", "tokens/s", "verdicts" })
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });

        table.AddColumn("");
        foreach (var run in _book.Runs)
            table.AddRow(Cells(run));

        return table;
    }

    private static IRenderable[] Cells(RunProgress run)
    {
        var style = run.IsRunning ? new Style(decoration: Decoration.Bold) : run.Result is null ? new Style(Color.Grey) : Style.Plain;
        var done = (int)Math.Round(run.Share * BarWidth);
        var bar = new string('━', done) + new string('─', BarWidth - done);
        var pace = run.SecondsPerToken is { } seconds ? Amount.Count(1 / seconds) : "";
        var begun = run.IsRunning || run.Result is not null;
        return
        [
            new Text(run.Settings.Name, style),
            new Text(bar, new Style(run.Result is null ? Color.Yellow : Color.Green)),
            new Text($"{run.Iterations}/{run.Settings.Training.Iterations}", style),
            new Text(run.Loss is null ? "" : Amount.Measure(run.Loss), style),
            new Text(pace, style),
            new Text(begun ? $"{run.Verdicts}" : "", style),
            new Text(run.Result is null ? "" : Outcome.Short(run.Result), style),
        ];
    }
}
