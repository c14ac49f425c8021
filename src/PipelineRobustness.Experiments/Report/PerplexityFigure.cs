using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Experiments.Report;

/// <summary>Perplexity on the evaluation text after each run, one bar per run; the clean run's is a line across all bars.</summary>
internal static class PerplexityFigure
{
    private const double Width = 860;
    private const double Left = 210;
    private const double Right = 700;
    private const double Top = 44;
    private const double Row = 24;

    /// <summary>Draws the runs; null where none has a perplexity.</summary>
    public static Figure? Of(ExperimentResult experiment)
    {
        var values = experiment.Runs.Select(r => r.Perplexity).OfType<double>().ToList();
        if (values.Count == 0)
            return null;

        var bottom = Top + Row * experiment.Runs.Count;
        var scale = AxisScale.Of(values, Left, Right, fromZero: true);
        var figure = new Figure(Width, bottom + 36, "Perplexity on the evaluation text, lower is better" + (scale.IsLogarithmic ? " (logarithmic axis)" : ""));
        foreach (var tick in scale.Ticks)
        {
            figure.Line(scale.At(tick), Top, scale.At(tick), bottom, "grid");
            figure.Text(scale.At(tick), bottom + 18, AxisScale.Label(tick), "middle");
        }

        for (var i = 0; i < experiment.Runs.Count; i++)
            Bar(figure, scale, experiment, experiment.Runs[i], Top + Row * i);

        // If there are several clean runs to compare with, each row has its own line.
        for (var i = 0; i < experiment.Runs.Count; i++)
        {
            if (experiment.CleanOf(experiment.Runs[i])?.Perplexity is { } clean)
                figure.Line(scale.At(clean), Top + Row * i - (i == 0 ? 4 : 0), scale.At(clean), Top + Row * (i + 1), "axis");
        }

        return figure;
    }

    private static void Bar(Figure figure, AxisScale scale, ExperimentResult experiment, RunResult run, double y)
    {
        figure.Name(Left - 8, y + 16, run.Settings.Name, "right");
        if (run.Perplexity is not { } perplexity)
        {
            var start = experiment.CleanOf(run)?.Perplexity is { } clean ? scale.At(clean) : Left;
            figure.Text(start + 6, y + 16, run.Diverged ? "diverged" : run.ShownStatus, "faint");
            return;
        }

        figure.Bar(Left, y + 4, scale.At(perplexity) - Left, Row - 8, Color(run));
        var ratio = experiment.PerplexityRatio(run) is { } times && !experiment.IsClean(run)
            ? $"  ({Measure.Of(times, 2)} x clean)" : "";
        figure.Text(scale.At(perplexity) + 6, y + 16, Measure.Of(perplexity, 2) + ratio, "value");
    }

    // By what happened to the run: nothing, only false alarms, attacked, attacked and defended.
    private static string Color(RunResult run) =>
        !run.Settings.Attack.Any ? (run.Settings.Attack.FalseAlarms ? "#0072b2" : "#7a8694")
        : run.Settings.Defence.Rule.OwnerStands ? "#d55e00" : "#009e73";
}
