using System.Globalization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Report;

/// <summary>The report's table: one row per run. For a run that ended with another run's weights, that run is named.</summary>
internal static class ResultsTable
{
    private const int HashShown = 12;
    private static readonly string[] UntilDetected = ["run", "perplexity", "×\u00a0clean", "attacks", "detected"];

    // Where there is a referee.
    private static readonly string[] OfRulings = ["averted", "missed", "relayed"];

    private static readonly string[] FromAttempts = ["attempts", "tokens/s", "weights' SHA\u2011256"];

    /// <summary>Draws the table.</summary>
    public static Markup Of(ExperimentResult experiment)
    {
        var marks = Marks(experiment);
        var body = new Markup();
        foreach (var run in experiment.Runs)
            body.Element("tr", Row(experiment, run, marks), ("class", run.Status == RunStatus.Done ? "" : "failed"));

        return HtmlTable.Of(Columns(experiment), body);
    }

    private static string[] Columns(ExperimentResult experiment)
    {
        var compared = experiment.Runs.Any(run => run.Refereed is null);
        var falsely = !experiment.IsRefereed ? "false verdicts" : compared ? "false verdicts, convictions" : "false convictions";
        return [.. UntilDetected, .. experiment.IsRefereed ? OfRulings : [], falsely, .. FromAttempts];
    }

    private static Markup Row(ExperimentResult experiment, RunResult run, Dictionary<string, string> marks)
    {
        var ratio = experiment.PerplexityRatio(run);
        var status = run.Status == RunStatus.Done ? "" : $" ({run.ShownStatus})";
        var row = new Markup()
            .Element("th", run.Settings.Name + status, ("scope", "row"))
            .Element("td", run.Diverged ? "diverged" : Number(run.Perplexity, decimals: 3))
            .Element("td", Number(ratio, decimals: 2))
            .Element("td", Whole(run.Tally.Attacks))
            .Element("td", run.Detected is { } detected ? Whole(detected) : "–");
        if (experiment.IsRefereed)
        {
            foreach (var count in (long?[])[run.Refereed?.Tally.Averted, run.Refereed?.Tally.Missed, run.Refereed?.Tally.Relayed])
                row.Element("td", count is { } number ? Whole(number) : "–");
        }

        return row
            .Element("td", Whole(run.Tally.FalseVerdicts))
            .Element("td", Whole(run.Attempts))
            .Element("td", run.TokensPerSecond is { } pace ? Whole((long)Math.Round(pace)) : "–")
            .Element("td", Hash(run, marks), ("class", "hash"));
    }

    private static Markup Hash(RunResult run, Dictionary<string, string> marks)
    {
        if (run.WeightsSha256 is not { } weights)
            return new Markup().Text("–");

        var hash = new Markup().Element("code", weights[..HashShown], ("title", weights));
        return marks.TryGetValue(weights, out var name) && run.Status == RunStatus.Done && run.Settings.Name != name
            ? hash.Element("span", $"= {name}", ("class", "mark"))
            : hash;
    }

    /// <summary>The run whose weights several runs share: the clean run, or the first of them.</summary>
    private static Dictionary<string, string> Marks(ExperimentResult experiment) => experiment.Runs
        .Where(r => r.Status == RunStatus.Done && r.WeightsSha256 is not null)
        .GroupBy(r => r.WeightsSha256!)
        .Where(g => g.Count() > 1)
        .ToDictionary(g => g.Key, g => (g.FirstOrDefault(r => experiment.IsClean(r)) ?? g.First()).Settings.Name);

    private static string Number(double? number, int decimals) => number is { } value ? Measure.Of(value, decimals) : "–";

    private static string Whole(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
