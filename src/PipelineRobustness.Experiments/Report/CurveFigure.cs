using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Experiments.Report;

/// <summary>A quantity over iterations, a curve per run; the clean run is a broad, pale line beneath the others.</summary>
internal static class CurveFigure
{
    private const double Width = 860;
    private const double Left = 64;
    private const double Right = 620;
    private const double Top = 40;
    private const double Bottom = 290;
    private const double BelowAxis = 50;
    private const double LegendRow = 20;
    private const int PointsMax = 500;

    /// <summary>Training loss, smoothed; null where no run has a curve.</summary>
    public static Figure? OfLosses(string title, IReadOnlyList<RunResult> runs, RunResult? clean) =>
        Of(title, "loss", [.. runs.Select(r => (r, Smooth(r.Losses)))], clean);

    /// <summary>Perplexity at each evaluation; null where no run has any but the last.</summary>
    public static Figure? OfPerplexities(string title, IReadOnlyList<RunResult> runs, RunResult? clean) =>
        Of(title, "perplexity", [.. runs.Select(r => (r, Perplexities(r.Evaluations)))], clean);

    /// <summary>
    /// A moving average over a tenth of the run's iterations, since single batches differ more than runs do. A run with more
    /// iterations than can be drawn is first reduced to as many means as can be.
    /// </summary>
    internal static IReadOnlyList<(long Iteration, double Value)> Smooth(IReadOnlyList<LossPoint> losses)
    {
        (long Iteration, double Value)[] points =
        [
            .. losses.Chunk(Math.Max(1, (losses.Count + PointsMax - 1) / PointsMax)).Select(c => (c[^1].Iteration, c.Average(p => p.Loss))),
        ];
        var over = Math.Max(1, points.Length / 10);
        return [.. points.Select((p, i) => (p.Iteration, points[Math.Max(0, i - over + 1)..(i + 1)].Average(q => q.Value)))];
    }

    private static IReadOnlyList<(long Iteration, double Value)> Perplexities(IReadOnlyList<LossPoint> evaluations) =>
        [.. evaluations.Select(e => (e.Iteration, Math.Exp(e.Loss)))];

    private static Figure? Of(
        string title, string quantity, IReadOnlyList<(RunResult Run, IReadOnlyList<(long Iteration, double Value)> Points)> runs, RunResult? clean)
    {
        var curves = runs.Where(r => r.Points.Count > 1).ToList();
        var values = curves.SelectMany(c => c.Points).Select(p => p.Value).Where(double.IsFinite).ToList();
        if (values.Count == 0)
            return null;

        var legend = LegendRow * (curves.Count + 1);
        var figure = new Figure(Width, Math.Max(Bottom + BelowAxis, Top + legend), title);
        var across = AxisScale.Exactly(1, curves.Max(c => c.Points[^1].Iteration), Left, Right);
        var up = AxisScale.Of(values, Bottom, Top);
        Axes(figure, across, up, quantity);
        for (var i = 0; i < curves.Count; i++)
        {
            var (run, points) = curves[i];
            var (style, color, dashes) = run == clean ? ("clean", "currentColor", "none") : ("curve", Palette.Color(i), Palette.Dashes(i));
            figure.Curve(points.Select(p => Position(p, across, up)), style, color, dashes);
            var y = Top + 16 + LegendRow * i;
            figure.Curve([(Right + 24, y - 4), (Right + 56, y - 4)], style, color, dashes);
            figure.Name(Right + 64, y, run.Settings.Name, "name");
        }

        return figure;
    }

    private static (double X, double Y)? Position((long Iteration, double Value) point, AxisScale across, AxisScale up) =>
        double.IsFinite(point.Value) ? (across.At(point.Iteration), up.At(point.Value)) : null;

    private static void Axes(Figure figure, AxisScale across, AxisScale up, string quantity)
    {
        foreach (var tick in up.Ticks)
        {
            figure.Line(Left, up.At(tick), Right, up.At(tick), "grid");
            figure.Text(Left - 8, up.At(tick) + 4, AxisScale.Label(tick), "right");
        }

        foreach (var tick in across.Ticks.Where(t => t == Math.Floor(t)))
            figure.Text(across.At(tick), Bottom + 18, AxisScale.Label(tick), "middle");

        figure.Line(Left, Bottom, Right, Bottom, "axis");
        figure.Text((Left + Right) / 2, Bottom + 40, up.IsLogarithmic ? $"iteration ({quantity} on a logarithmic axis)" : "iteration", "middle");
    }
}
