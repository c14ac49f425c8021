using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>The table at the end: a row per run.</summary>
internal static class SummaryTable
{
    private const int HashShown = 12;
    private const int HashShownAtLeast = 8;

    private static readonly Column[] UntilDetected =
    [
        new("run", "run", Justify.Left), new("perplexity", "ppl"), new("x clean", "x"), new("attacks", "att."), new("detected", "det."),
    ];

    // Where there is a referee.
    private static readonly Column[] OfRulings = [new("averted", "avt."), new("missed", "miss."), new("relayed", "rel.")];

    private static readonly Column[] FromFalse =
    [
        new("false", "false"), new("attempts", "attempts"), new("tokens/s", "tok/s"), new("weights SHA-256", "SHA-256", Justify.Left),
    ];

    /// <summary>The table for a screen of this width; on a narrow one, <c>=</c> marks weights equal to the clean run's.</summary>
    public static Table Of(ExperimentResult experiment, int width)
    {
        Column[] columns = [.. UntilDetected, .. experiment.IsRefereed ? OfRulings : [], .. FromFalse];
        var rows = Rows(experiment, HashShown, " = clean");
        if (!TextTable.Fits(columns, rows, width))
            rows = Rows(experiment, HashShownAtLeast, " =");

        return TextTable.Of(columns, rows, width);
    }

    private static List<Cell[]> Rows(ExperimentResult experiment, int hashShown, string equal) =>
    [
        .. experiment.Runs.Select(r =>
        {
            var hash = r.WeightsSha256 is { } weights ? weights[..hashShown] + (experiment.EqualsClean(r) == true ? equal : "") : "-";
            return Cells(experiment, r).Append(hash).Select(text => new Cell(text, StyleOf(r))).ToArray();
        }),
    ];

    private static string[] Cells(ExperimentResult experiment, RunResult run)
    {
        return
        [
            run.Settings.Name + (run.Status == RunStatus.Done ? "" : $" ({run.ShownStatus})"),
            run.Diverged ? "diverged" : Amount.Measure(run.Perplexity),
            Amount.Measure(experiment.PerplexityRatio(run), decimals: 2),
            Amount.Count(run.Tally.Attacks),
            run.Detected is { } detected ? Amount.Count(detected) : "-",
            .. experiment.IsRefereed ? Rulings(run.Refereed?.Tally) : [],
            Amount.Count(run.Tally.FalseVerdicts),
            Amount.Count(run.Attempts),
            run.TokensPerSecond is { } pace ? Amount.Count(pace) : "-",
        ];
    }

    private static string[] Rulings(ConvictionTally? tally) => tally is null ? ["-", "-", "-"]
        : [Amount.Count(tally.Averted), Amount.Count(tally.Missed), Amount.Count(tally.Relayed)];

    private static Style StyleOf(RunResult run) => run.Status == RunStatus.Done ? Style.Plain : new Style(Color.Red);
}
