using System.Globalization;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>The table at the end: a line per run.</summary>
internal static class ClosingTable
{
    private const int HashShown = 12;

    public static Table Of(ExperimentResult experiment)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("run");
        foreach (var column in new[] { "perplexity", "x clean", "attacks", "detected", "false", "tries", "tokens/s" })
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right, NoWrap = true });

        table.AddColumn(new TableColumn("weights SHA-256") { NoWrap = true });
        foreach (var run in experiment.Runs)
            table.AddRow([.. Cells(experiment, run).Select(c => new Text(c, StyleOf(run)))]);

        return table;
    }

    private static string[] Cells(ExperimentResult experiment, RunResult run)
    {
        var ratio = experiment.PerplexityRatio(run);
        var hash = run.WeightsSha256 is { } weights ? weights[..HashShown] : "-";
        return
        [
            run.Settings.Name + (run.Status == RunStatus.Done ? "" : $" ({run.Status.ToString().ToLowerInvariant()})"),
            run.Diverged ? "diverged" : Amount.Measure(run.Perplexity),
            ratio is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-",
            Amount.Count(run.Tally.Attacks),
            run.Detected is { } detected ? Amount.Count(detected) : "-",
            Amount.Count(run.Tally.FalseVerdicts),
            Amount.Count(run.Tries),
            run.TokensPerSecond is { } pace ? Amount.Count(pace) : "-",
            hash + (experiment.EqualsClean(run) == true ? " = clean" : ""),
        ];
    }

    private static Style StyleOf(RunResult run) => run.Status == RunStatus.Done ? Style.Plain : new Style(Color.Red);
}
