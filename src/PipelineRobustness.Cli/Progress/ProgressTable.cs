using Spectre.Console;

namespace PipelineRobustness.Cli.Progress;

/// <summary>The table of runs that changes in place.</summary>
internal static class ProgressTable
{
    private const int Bar = 20;
    private const int BarAtLeast = 7;

    // The heading, the line below it, and the cursor's line.
    private const int LinesAround = 3;

    private static readonly Column[] Columns =
    [
        new("run", "run", Justify.Left), new("progress", "", Justify.Left), new("iteration", "iteration"), new("loss", "loss"),
        new("tokens/s", "tok/s"), new("verdicts", "verdicts"), new("perplexity", "perplexity"),
    ];

    /// <summary>The table for a screen of this size. If it is too low, finished runs are left out first, then those furthest from their start.</summary>
    public static Table Of(IReadOnlyList<RunProgress> runs, int width, int height)
    {
        var shown = Math.Clamp(height - LinesAround, 1, runs.Count);
        var running = runs.TakeWhile(r => r.Result is not null).Count();
        var seen = runs.Skip(Math.Clamp(running - shown + 2, 0, runs.Count - shown)).Take(shown).ToList();
        var rows = seen.Select(r => Cells(r, Bar)).ToList();
        if (!TextTable.Fits(Columns, rows, width))
            rows = [.. seen.Select(r => Cells(r, BarAtLeast))];

        return TextTable.Of(Columns, rows, width, ruled: false);
    }

    private static Cell[] Cells(RunProgress run, int bar)
    {
        var style = run.IsRunning ? new Style(decoration: Decoration.Bold) : run.Result is null ? new Style(Color.Grey) : Style.Plain;
        var done = (int)Math.Round(run.Share * bar);
        return
        [
            new(run.Settings.Name, style),
            new(new string('━', done) + new string('─', bar - done), new Style(run.Result is null ? Color.Yellow : Color.Green)),
            new($"{run.Iterations}/{run.Settings.Training.Iterations}", style),
            new(run.Loss is null ? "" : Amount.Measure(run.Loss), style),
            new(run.SecondsPerToken is { } seconds ? Amount.Count(1 / seconds) : "", style),
            new(run.IsRunning || run.Result is not null ? Amount.Count(run.Verdicts) : "", style),
            new(run.Result is null ? "" : ResultText.Short(run.Result), style),
        ];
    }
}
