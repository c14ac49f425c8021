using PipelineRobustness.Experiments.Report;

namespace PipelineRobustness.Experiments.League;

/// <summary>Damage against recall, where only the strength of an attack changes: a curve per detector, through all strengths.</summary>
internal static class StrengthFigure
{
    private const double Width = 860, Left = 64, Right = 600, Top = 40, Bottom = 290, BelowAxis = 56, Mark = 6;

    /// <summary>A figure for each attack with several strengths.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Of(LeagueResults results)
    {
        var (measured, detectors) = (new Measured(results), Standing.Of(results).Select(standing => standing.Detector).ToList());
        foreach (var swept in results.Attackers.Where(attacker => attacker.Strength is not null).GroupBy(attacker => attacker.Strength!.Of))
        {
            var strengths = swept.OrderBy(attacker => attacker.Strength!.Value)
                .Select(attacker => Extreme.Of(attacker.Name, measured.Damage(measured.Rows(attacker.Name, LeagueSettings.Undefended))))
                .OfType<Extreme>().Where(strength => double.IsFinite(strength.Value)).ToList();
            if (strengths.Count > 1 && detectors.Count > 0) yield return (swept.Key, Of(swept.Key, strengths, detectors, measured));
        }
    }

    private static Figure Of(string name, List<Extreme> strengths, List<string> detectors, Measured measured)
    {
        var figure = new Figure(
            Width, Math.Max(Bottom + BelowAxis, Top + RecallAxes.LegendRow * (detectors.Count + 1)), $"{name}: recall against damage, by strength");
        var across = AxisScale.Of([.. strengths.Select(strength => strength.Value)], Left, Right);
        var up = AxisScale.Of([0, 1], Bottom, Top);
        RecallAxes.Draw(figure, across, up, (Left, Right, Bottom), "perplexity over that without attack, undefended");
        foreach (var (index, detector) in detectors.Index())
        {
            List<(double X, double Y)?> points =
            [
                .. strengths.Select(strength => Measured.Recall(measured.Rows(strength.Attacker, detector)) is { } recall
                    ? (across.At(strength.Value), up.At(recall)) : ((double, double)?)null),
            ];
            var color = Palette.Color(index);
            figure.Curve(points, "curve", color, Palette.Dashes(index));
            foreach (var (x, y) in points.OfType<(double, double)>()) figure.Bar(x - Mark / 2, y - Mark / 2, Mark, Mark, color);
            RecallAxes.Legend(figure, index, (Right, Top), detector);
        }

        return figure;
    }
}

/// <summary>The axes and the legend of a figure whose height is a recall.</summary>
internal static class RecallAxes
{
    /// <summary>The height of a line of the legend.</summary>
    public const double LegendRow = 20;

    /// <summary>Draws them.</summary>
    public static void Draw(Figure figure, AxisScale across, AxisScale up, (double Left, double Right, double Bottom) at, string quantity)
    {
        foreach (var tick in up.Ticks)
        {
            figure.Line(at.Left, up.At(tick), at.Right, up.At(tick), "grid");
            figure.Text(at.Left - 8, up.At(tick) + 4, AxisScale.Label(tick), "right");
        }

        foreach (var tick in across.Ticks) figure.Text(across.At(tick), at.Bottom + 18, AxisScale.Label(tick), "middle");
        figure.Line(at.Left, at.Bottom, at.Right, at.Bottom, "axis");
        figure.Text((at.Left + at.Right) / 2, at.Bottom + 42, across.IsLogarithmic ? $"{quantity} (logarithmic)" : quantity, "middle");
    }

    /// <summary>Draws a detector's line of the legend, to the right of the figure's upper corner.</summary>
    /// <returns>The height of its curve.</returns>
    public static double Legend(Figure figure, int index, (double Right, double Top) corner, string detector)
    {
        var (x, line) = (corner.Right + 24, corner.Top + 16 + LegendRow * index);
        var height = line - 4;
        figure.Curve([(x, height), (x + 24, height)], "curve", Palette.Color(index), Palette.Dashes(index));
        figure.Name(x + 32, line, detector, "name");
        return height;
    }
}
