namespace PipelineRobustness.Experiments;

/// <summary>The report's figures: perplexity, and the training loss of runs that were attacked alike.</summary>
internal static class FigureSet
{
    private const string BarsCaption =
        "Grey: not attacked. Red: attacked and undefended. Green: attacked and defended. The line is the clean run.";

    private const string CurvesCaption =
        "Each curve is the mean over the last tenth of its run's iterations. The clean run lies pale beneath the others.";

    /// <summary>Every figure that there is something to draw in.</summary>
    public static IEnumerable<(string File, Figure Figure, string Caption)> Of(ExperimentResult experiment)
    {
        if (PerplexityFigure.Of(experiment) is { } bars)
            yield return ("perplexity.svg", bars, BarsCaption);

        foreach (var (file, title, runs) in Groups(experiment))
        {
            if (LossFigure.Of(title, runs) is { } curves)
                yield return (file, curves, CurvesCaption);
        }
    }

    // The clean run is in each figure, so that every curve can be held against it.
    private static IEnumerable<(string File, string Title, List<RunResult> Runs)> Groups(ExperimentResult experiment)
    {
        var clean = experiment.Clean;
        foreach (var group in experiment.Runs.GroupBy(Directions))
        {
            var runs = group.Where(r => r != clean).ToList();
            if (clean is not null && (runs.Count > 0 || experiment.Runs.Count == 1))
                runs.Insert(0, clean);

            if (runs.Count > 0)
            {
                var (file, what) = group.Key;
                yield return ($"loss-{file}.svg", $"Training loss, {what}", runs);
            }
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
