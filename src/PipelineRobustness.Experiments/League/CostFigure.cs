using PipelineRobustness.Experiments.Report;

namespace PipelineRobustness.Experiments.League;

/// <summary>Recall against cost: of each detector the worst case (filled) and the mean (open) over all attackers that hurt.</summary>
internal static class CostFigure
{
    private const double Width = 860, Left = 64, Right = 600, Top = 40, Bottom = 330, BelowAxis = 56, Mark = 9;

    /// <summary>Draws detectors; null where no cost is known.</summary>
    public static Figure? Of(IReadOnlyList<Standing> standings)
    {
        var shown = standings.Where(standing => standing is { Cost: not null, Worst: not null, Recall: not null }).ToList();
        if (shown.Count == 0) return null;

        var figure = new Figure(
            Width, Math.Max(Bottom + BelowAxis, Top + RecallAxes.LegendRow * (shown.Count + 1)), "Recall against cost: worst case and mean");
        var across = AxisScale.Of([1, .. shown.Select(standing => standing.Cost!.Value)], Left, Right);
        var up = AxisScale.Of([0, 1], Bottom, Top);
        RecallAxes.Draw(figure, across, up, (Left, Right, Bottom), "CPU time over that without defence, where there is no attack");
        foreach (var (index, standing) in shown.Index())
        {
            var (x, worst, mean) = (across.At(standing.Cost!.Value), up.At(standing.Worst!.Value), up.At(standing.Recall!.Value));
            var color = Palette.Color(index);
            figure.Curve([(x, worst), (x, mean)], "curve", color, Palette.Dashes(index));
            figure.Bar(x - Mark / 2, worst - Mark / 2, Mark, Mark, color);
            figure.Frame(x - Mark / 2, mean - Mark / 2, Mark, Mark, "worst");
            var legend = RecallAxes.Legend(figure, index, (Right, Top), standing.Detector);
            figure.Bar(Right + 24, legend - Mark / 2, Mark, Mark, color);
        }

        return figure;
    }
}
