using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Report;

/// <summary>A matrix of remedies and rates as colours. Darker is worse, and the worst case has a frame.</summary>
internal static class HeatFigure
{
    private const double Width = 860;
    private const double Left = 250;
    private const double Top = 62;
    private const double Row = 44;
    private const double ColumnMax = 150;
    private const double Below = 20;
    private const double SpreadMin = 4;

    private static readonly (int Red, int Green, int Blue) Light = (253, 237, 218);
    private static readonly (int Red, int Green, int Blue) Dark = (122, 32, 4);

    /// <summary>Draws a matrix.</summary>
    public static Figure Of(RemedyMatrix matrix)
    {
        var figure = new Figure(Width, Top + Row * matrix.Rows.Count + Below, matrix.Heading);
        var column = Math.Min(ColumnMax, (Width - Left - 16) / matrix.Columns.Count);
        for (var j = 0; j < matrix.Columns.Count; j++)
            figure.Text(Left + column * (j + 0.5), Top - 10, $"rate {matrix.Columns[j]}", "middle");

        var shade = Shade(matrix);
        for (var i = 0; i < matrix.Rows.Count; i++)
        {
            figure.Text(Left - 10, Top + Row * i + 26, OneLine.Shortened(matrix.Rows[i], 38), "right");
            for (var j = 0; j < matrix.Columns.Count; j++)
                Cell(figure, matrix, matrix.Cells[i][j], shade, (Left + column * j, Top + Row * i, column));
        }

        return figure;
    }

    /// <summary>The one of black and white that contrasts more with a colour (WCAG's relative luminance).</summary>
    internal static string Ink((int Red, int Green, int Blue) color)
    {
        static double Linear(int part) => part / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
        var luminance = 0.2126 * Linear(color.Red) + 0.7152 * Linear(color.Green) + 0.0722 * Linear(color.Blue);
        return luminance > 0.179 ? "onlight" : "ondark";
    }

    private static void Cell(
        Figure figure, RemedyMatrix matrix, MatrixCell? cell, Func<double, (int Red, int Green, int Blue)> shade,
        (double X, double Y, double Width) at)
    {
        var middle = at.X + at.Width / 2;
        if (cell is null || (cell.Value is null && !cell.Run.Diverged))
        {
            figure.Text(middle, at.Y + 26, cell is null ? "–" : matrix.InWords(cell), "middle");
            return;
        }

        var color = cell.Run.Diverged ? (27, 31, 36) : shade(cell.Value!.Value);
        figure.Bar(at.X + 2, at.Y + 2, at.Width - 4, Row - 4, FormattableString.Invariant($"#{color.Item1:x2}{color.Item2:x2}{color.Item3:x2}"));
        var recovered = cell.Recovered is { } times ? $"recovered {Measure.Of(times, 2)} ×" : "";
        figure.Text(middle, at.Y + (recovered.Length > 0 ? 20 : 26), matrix.InWords(cell), $"{Ink(color)} strong");
        if (recovered.Length > 0)
            figure.Text(middle, at.Y + 34, recovered, $"{Ink(color)} small");

        if (matrix.IsWorst(cell))
            figure.Frame(at.X + 1, at.Y + 1, at.Width - 2, Row - 2, "worst");
    }

    /// <summary>Logarithmic, from the smallest value, or 1 if that is lower and values are ratios, to the largest, at least four times as much.</summary>
    private static Func<double, (int Red, int Green, int Blue)> Shade(RemedyMatrix matrix)
    {
        var values = matrix.Cells.SelectMany(r => r).Select(c => c?.Value).OfType<double>().Where(v => v > 0).ToList();
        var low = matrix.AgainstClean ? Math.Min(1, values.DefaultIfEmpty(1).Min()) : values.DefaultIfEmpty(1).Min();
        var high = Math.Max(values.DefaultIfEmpty(1).Max(), low * SpreadMin);
        return value =>
        {
            var share = Math.Clamp(Math.Log(Math.Max(value, low) / low) / Math.Log(high / low), 0, 1);
            int Between(int from, int to) => (int)Math.Round(from + share * (to - from));
            return (Between(Light.Red, Dark.Red), Between(Light.Green, Dark.Green), Between(Light.Blue, Dark.Blue));
        };
    }
}
