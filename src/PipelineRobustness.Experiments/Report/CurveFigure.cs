namespace PipelineRobustness.Experiments;

/// <summary>Training loss over iterations, a smoothed curve per run; the clean run lies broad and pale beneath the others.</summary>
internal static class LossFigure
{
    private const double Width = 860;
    private const double Height = 340;
    private const double Left = 64;
    private const double Right = 620;
    private const double Top = 40;
    private const double Bottom = 290;
    private const int PointsMax = 500;

    /// <summary>Draws runs; null where none of them has a curve.</summary>
    public static Figure? Of(string title, IReadOnlyList<RunResult> runs)
    {
        var curves = runs.Where(r => r.Losses.Count > 1).Select(r => (Run: r, Points: Smooth(r.Losses))).ToList();
        var values = curves.SelectMany(c => c.Points).Select(p => p.Loss).Where(double.IsFinite).ToList();
        if (values.Count == 0)
            return null;

        var figure = new Figure(Width, Height, title);
        var across = Scale.Exactly(1, curves.Max(c => c.Run.Losses[^1].Iteration), Left, Right);
        var up = Scale.Of(values, Bottom, Top);
        Axes(figure, across, up);
        for (var i = 0; i < curves.Count; i++)
        {
            var (run, points) = curves[i];
            var (style, color, dashes) = Look(run, i);
            figure.Curve(points.Select(p => Position(p, across, up)), style, color, dashes);
            var y = Top + 16 + 20 * i;
            figure.Curve([(Right + 24, y - 4), (Right + 56, y - 4)], style, color, dashes);
            figure.Text(Right + 64, y, run.Settings.Name, "name");
        }

        return figure;
    }

    /// <summary>
    /// The mean over the last tenth of a run's iterations up to each one: single batches differ more than runs do. A run
    /// of more iterations than can be seen is first cut into that many means.
    /// </summary>
    internal static IReadOnlyList<LossPoint> Smooth(IReadOnlyList<LossPoint> losses)
    {
        LossPoint[] points =
        [
            .. losses.Chunk((losses.Count + PointsMax - 1) / PointsMax).Select(c => new LossPoint(c[^1].Iteration, c.Average(p => p.Loss))),
        ];
        var over = Math.Max(1, points.Length / 10);
        return [.. points.Select((p, i) => new LossPoint(p.Iteration, points[Math.Max(0, i - over + 1)..(i + 1)].Average(q => q.Loss)))];
    }

    private static (double X, double Y)? Position(LossPoint point, Scale across, Scale up) =>
        double.IsFinite(point.Loss) ? (across.At(point.Iteration), up.At(point.Loss)) : null;

    private static (string Style, string Color, string Dashes) Look(RunResult run, int index) =>
        run.Settings.Name == ExperimentResult.CleanName
            ? ("clean", "currentColor", "none")
            : ("curve", Palette.Color(index), Palette.Dashes(index));

    private static void Axes(Figure figure, Scale across, Scale up)
    {
        foreach (var tick in up.Ticks)
        {
            figure.Line(Left, up.At(tick), Right, up.At(tick), "grid");
            figure.Text(Left - 8, up.At(tick) + 4, Scale.Label(tick), "right");
        }

        foreach (var tick in across.Ticks.Where(t => t == Math.Floor(t)))
            figure.Text(across.At(tick), Bottom + 18, Scale.Label(tick), "middle");

        figure.Line(Left, Bottom, Right, Bottom, "axis");
        figure.Text((Left + Right) / 2, Height - 10, up.IsLogarithmic ? "iteration (loss on a logarithmic axis)" : "iteration", "middle");
    }
}
