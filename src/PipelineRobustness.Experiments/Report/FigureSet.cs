namespace PipelineRobustness.Experiments;

/// <summary>
/// The report's figures: perplexity after each run; for runs that were attacked alike the training loss, and, where it was
/// measured in between, the perplexity on the way.
/// </summary>
internal static class FigureSet
{
    private const string Bars = "perplexity.svg";

    private const string BarsCaption =
        "Grey: not attacked. Red: attacked, and nothing done about it. Green: attacked and defended. The line is the clean run.";

    private const string LossCaption =
        "Each curve is the mean over the last tenth of its run's iterations. The clean run lies pale beneath the others.";

    private const string PerplexityCaption =
        "Measured on the evaluation text while training went on. The clean run lies pale beneath the others.";

    /// <summary>The names of all files that figures are kept in.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [Bars, .. new[] { "both", "forward", "backward", "unattacked" }.SelectMany(runs => new[] { Loss(runs), Perplexity(runs) })];

    /// <summary>Every figure that there is something to draw in.</summary>
    public static IEnumerable<(string File, Figure Figure, string Caption)> Of(ExperimentResult experiment)
    {
        if (PerplexityFigure.Of(experiment) is { } bars)
            yield return (Bars, bars, BarsCaption);

        foreach (var (file, what, runs) in Groups(experiment))
        {
            if (CurveFigure.OfLosses($"Training loss, {what}", runs) is { } losses)
                yield return (Loss(file), losses, LossCaption);

            if (CurveFigure.OfPerplexities($"Perplexity on the evaluation text, {what}", runs) is { } perplexities)
                yield return (Perplexity(file), perplexities, PerplexityCaption);
        }
    }

    private static string Loss(string runs) => $"loss-{runs}.svg";

    private static string Perplexity(string runs) => $"perplexity-{runs}.svg";

    // The clean run is in each figure, so that every curve can be held against it.
    private static IEnumerable<(string File, string What, List<RunResult> Runs)> Groups(ExperimentResult experiment)
    {
        var clean = experiment.Clean;
        foreach (var group in experiment.Runs.GroupBy(Directions))
        {
            var runs = group.Where(r => r != clean).ToList();
            if (clean is not null && (runs.Count > 0 || experiment.Runs.Count == 1))
                runs.Insert(0, clean);

            if (runs.Count > 0)
                yield return (group.Key.File, group.Key.What, runs);
        }
    }

    private static (string File, string What) Directions(RunResult run) =>
        (run.Settings.Attack.Forward.Count > 0, run.Settings.Attack.Backward.Count > 0) switch
        {
            (true, true) => ("both", "runs attacked both ways"),
            (true, false) => ("forward", "runs attacked forward"),
            (false, true) => ("backward", "runs attacked backward"),
            _ => ("unattacked", "runs without attack"),
        };
}
