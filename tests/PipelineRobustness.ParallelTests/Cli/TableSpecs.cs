using PipelineRobustness.Cli;
using PipelineRobustness.Cli.Progress;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Tests.Experiments;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Tables fit every screen: nothing is wrapped, and each run can be recognized by its name.</summary>
public sealed class TableSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(160)]
    [InlineData(100)]
    [InlineData(80)]
    public void The_closing_table_fits_every_run_and_column_on_the_screen(int width)
    {
        var results = Results.Experiment(_files);
        var lines = Lines(SummaryTable.Of(results, width), width);
        Assert.Equal(results.Runs.Count, lines.Count(l => results.Runs.Any(r => l.TrimStart().StartsWith(r.Settings.Name, StringComparison.Ordinal))));
        Assert.Contains(lines, l => l.Contains("substitute", StringComparison.Ordinal) && l.Contains("aaaaaaaa", StringComparison.Ordinal)
            && l.TrimEnd().EndsWith(width < 100 ? "=" : "= clean", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.DoesNotContain('…', l));
    }

    [Fact]
    public void A_name_that_does_not_fit_loses_its_middle()
    {
        var results = Results.Experiment(_files);
        var run = results.Runs[0];
        var named = run with { Settings = run.Settings with { Name = "beginning-" + new string('n', 44) + "-end" } };
        var lines = Lines(SummaryTable.Of(results with { Runs = [named] }, 80), 80);
        Assert.Matches("beginning-n*…n*-end +7", lines[^1]);
        Assert.InRange(lines[^1].TrimEnd().Length, 60, 80);
    }

    [Fact]
    public void Progress_of_the_quickstart_fits_the_usual_screen()
    {
        var runs = Runs("forward-skip-with-server", "backward-skip-with-server");
        runs[0].Begin();
        runs[0].Note(FakePipeline.Committed(39, 2.5, TimeSpan.FromSeconds(1)));
        var lines = Lines(ProgressTable.Of(runs, 80, 24), 80);
        Assert.Equal(3, lines.Count);
        Assert.Contains("forward-skip-with-server", lines[1], StringComparison.Ordinal);
        Assert.Contains("40/40", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("backward-skip-with-server", lines[2].TrimStart(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "run-00")]
    [InlineData(29, "run-29")]
    [InlineData(59, "run-59")]
    public void The_current_run_stays_visible_on_a_low_screen(int done, string running)
    {
        var runs = Runs([.. Enumerable.Range(0, 60).Select(i => $"run-{i:00}")]);
        foreach (var run in runs.Take(done))
            run.End(RunResult.NotBegun(run.Settings, RunStatus.Done, ""));

        var lines = Lines(ProgressTable.Of(runs, 80, 24), 80);
        Assert.Equal(22, lines.Count);
        Assert.Contains(lines, l => l.TrimStart().StartsWith(running, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(75)]
    [InlineData(149)]
    public void The_current_run_stays_visible_among_very_many(int done)
    {
        var runs = Runs([.. Enumerable.Range(0, 150).Select(i => $"wikitext-2-fwd-0.7-skip-with-server-{i:000}")]);
        foreach (var run in runs.Take(done))
            run.End(RunResult.NotBegun(run.Settings, RunStatus.Done, ""));

        runs[done].Begin();
        var lines = Lines(ProgressTable.Of(runs, 80, 24), 80);
        Assert.Equal(22, lines.Count);
        Assert.Single(lines, l => l.Contains($"server-{done:000}", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.InRange(l.TrimEnd().Length, 1, 80));
    }

    private List<RunProgress> Runs(params string[] names) =>
        [.. _files.Read($"runs = [{string.Join(", ", names.Select(n => $"{{ name = {n} }}"))}]").Runs.Select(r => new RunProgress(r))];

    internal static List<string> Lines(IRenderable table, int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(table);
        return [.. writer.ToString().Split('\n').Where(l => l.Trim().Length > 0)];
    }
}
