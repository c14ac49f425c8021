using PipelineRobustness.Experiments.Results;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>The tables of remedies by attack rates.</summary>
internal static class MatrixTable
{
    /// <summary>A table's heading.</summary>
    public static string Heading(RemedyMatrix matrix) => matrix.Heading
        + (matrix.TellsRecovered ? " (in brackets: undefended relative to this run)" : "");

    /// <summary>The table for a screen of this width; on a narrow one, without the gain in brackets.</summary>
    public static Table Of(RemedyMatrix matrix, int width)
    {
        Column[] columns = [new("remedy", "remedy", Justify.Left), .. matrix.Columns.Select(c => new Column($"rate {c}", c))];
        var rows = Rows(matrix, recovered: true);
        return TextTable.Of(columns, TextTable.Fits(columns, rows, width) ? rows : Rows(matrix, recovered: false), width);
    }

    private static List<Cell[]> Rows(RemedyMatrix matrix, bool recovered) =>
    [
        .. matrix.Rows.Select((row, i) => matrix.Cells[i].Select(c => Cell(matrix, c, recovered)).Prepend(new Cell(row, Style.Plain)).ToArray()),
    ];

    private static Cell Cell(RemedyMatrix matrix, MatrixCell? cell, bool recovered)
    {
        if (cell is null)
            return new Cell("-", Style.Plain);

        var back = recovered && cell.Recovered is { } times ? $" ({Amount.Measure(times, decimals: 2)})" : "";
        return matrix.IsWorst(cell)
            ? new Cell(matrix.InWords(cell) + back + " <", new Style(Color.Red, decoration: Decoration.Bold))
            : new Cell(matrix.InWords(cell) + back, Style.Plain);
    }
}
