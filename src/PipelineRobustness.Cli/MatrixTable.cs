using PipelineRobustness.Experiments.Results;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>The tables of remedies by attack rates.</summary>
internal static class MatrixTable
{
    /// <summary>A table's heading.</summary>
    public static string Heading(RemedyMatrix matrix) => matrix.Heading
        + (matrix.TellsBoughtBack ? "; in brackets: undefended / this" : "");

    /// <summary>The table for a screen of this width; on a narrow one, without the gain in brackets.</summary>
    public static Table Of(RemedyMatrix matrix, int width)
    {
        Column[] columns = [new("remedy", "remedy", Justify.Left), .. matrix.Columns.Select(c => new Column($"rate {c}", c))];
        var rows = Rows(matrix, bought: true);
        return TextTable.Of(columns, TextTable.Fits(columns, rows, width) ? rows : Rows(matrix, bought: false), width);
    }

    private static List<Cell[]> Rows(RemedyMatrix matrix, bool bought) =>
    [
        .. matrix.Rows.Select((row, i) => matrix.Cells[i].Select(c => Cell(matrix, c, bought)).Prepend(new Cell(row, Style.Plain)).ToArray()),
    ];

    private static Cell Cell(RemedyMatrix matrix, MatrixCell? cell, bool bought)
    {
        if (cell is null)
            return new Cell("-", Style.Plain);

        var back = bought && cell.BoughtBack is { } times ? $" ({Amount.Measure(times, decimals: 2)})" : "";
        return matrix.IsWorst(cell)
            ? new Cell(matrix.InWords(cell) + back + " <", new Style(Color.Red, decoration: Decoration.Bold))
            : new Cell(matrix.InWords(cell) + back, Style.Plain);
    }
}
