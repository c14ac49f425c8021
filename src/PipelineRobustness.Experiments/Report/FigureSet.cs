using System.Text.RegularExpressions;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Report;

/// <summary>
/// The report's figures: a heat map by rate and remedy; perplexity after each run; for runs under the same attack the
/// training loss and, if evaluated during training, the perplexity over time.
/// </summary>
internal static partial class FigureSet
{
    private const string Bars = "perplexity.svg";

    private const string BarsCaption =
        "Grey: not attacked. Red: attacked, and nothing done about it. Green: attacked and defended. The line is the clean run's.";

    private const string FalseAlarmsCaption = " Blue: no attack, but false accusations.";

    private const string LossCaption =
        "Each curve is the mean over the last tenth of its run's iterations. The clean run is the pale line.";

    private const string PerplexityCaption =
        "Measured on the evaluation text during training. The clean run is the pale line.";

    private const string HeatCaption = "Darker is worse (logarithmic scale).";

    private const string Recovered = "Recovered: the undefended run's perplexity divided by this run's.";

    /// <summary>Whether a file of this name is a figure.</summary>
    public static bool IsOwn(string file) => Names().IsMatch(file);

    /// <summary>Every figure that is not empty.</summary>
    public static IEnumerable<(string File, Figure Figure, string Caption)> Of(ExperimentResult experiment)
    {
        foreach (var matrix in RemedyMatrix.Of(experiment))
            yield return ($"heat-{matrix.Key}.svg", HeatFigure.Of(matrix), Caption(matrix));

        if (PerplexityFigure.Of(experiment) is { } bars)
            yield return (Bars, bars, BarsCaption + (experiment.Runs.Any(OnlyFalseAlarms) ? FalseAlarmsCaption : ""));

        foreach (var (file, what, runs, clean) in Groups(experiment))
        {
            if (CurveFigure.OfLosses($"Training loss, {what}", runs, clean) is { } losses)
                yield return ($"loss-{file}.svg", losses, LossCaption);

            if (CurveFigure.OfPerplexities($"Perplexity on the evaluation text, {what}", runs, clean) is { } perplexities)
                yield return ($"perplexity-{file}.svg", perplexities, PerplexityCaption);
        }
    }

    private static string Caption(RemedyMatrix matrix)
    {
        var worst = matrix.WorstInWords is { } words ? $" {words}, framed." : "";
        var recovered = matrix.TellsRecovered ? $" {Recovered}" : "";
        return HeatCaption + worst + recovered;
    }

    // The clean run is in each figure, so that every curve can be compared with it.
    private static IEnumerable<(string File, string What, List<RunResult> Runs, RunResult? Clean)> Groups(ExperimentResult experiment)
    {
        var several = experiment.Runs.Select(experiment.CleanOf).OfType<RunResult>().Distinct().Count() > 1;
        var files = new Dictionary<string, int>();
        foreach (var group in experiment.Runs.GroupBy(r => (Clean: experiment.CleanOf(r), r.Settings.Attack.Directions)))
        {
            var clean = group.Key.Clean;
            var runs = group.Where(r => r != clean).ToList();
            if (clean is not null && (runs.Count > 0 || experiment.Runs.Count == 1))
                runs.Insert(0, clean);

            if (runs.Count == 0)
                continue;

            var file = group.Key.Directions;
            var number = files[file] = files.GetValueOrDefault(file) + 1;
            var against = several && clean is not null ? $", with {OneLine.Shortened(clean.Settings.Name, 40)}" : "";
            yield return (number == 1 ? file : $"{file}-{number}", InWords(file, group) + against, runs, clean);
        }
    }

    private static string InWords(string directions, IEnumerable<RunResult> runs)
    {
        if (directions == "unattacked")
            return "runs without attack";

        var alarms = runs.Where(OnlyFalseAlarms).ToList();
        var what = alarms.Count == 0 ? "attacked" : alarms.Count == runs.Count() ? "falsely accused" : "attacked or falsely accused";
        return $"runs {what} {(directions == "both" ? "both ways" : directions)}";
    }

    private static bool OnlyFalseAlarms(RunResult run) => run.Settings.Attack is { Any: false, FalseAlarms: true };

    [GeneratedRegex(@"^(perplexity|(heat|loss|perplexity)-(both|forward|backward|unattacked)(-[0-9]+)?)\.svg\z", RegexOptions.IgnoreCase)]
    private static partial Regex Names();
}
