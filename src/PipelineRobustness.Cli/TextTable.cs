using PipelineRobustness.Experiments.Settings;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>A column's heading for a wide screen, and for a narrow one.</summary>
internal sealed record Column(string Heading, string Short, Justify Alignment = Justify.Right);

/// <summary>A cell's text and style.</summary>
internal readonly record struct Cell(string Text, Style Style);

/// <summary>
/// A table that fits the screen. On a narrow one its columns move together, then get short headings, and last the names in the first
/// column lose their middles.
/// </summary>
internal static class TextTable
{
    private const int NameMin = 8;

    // Spectre's border adds a blank to a row and three to each column; without a border, one blank separates columns.
    private const int RuledGap = 3;
    private const int Gap = 1;

    /// <summary>Whether full headings fit, perhaps without a border.</summary>
    public static bool Fits(IReadOnlyList<Column> columns, IReadOnlyList<Cell[]> rows, int width) =>
        Width(columns, c => c.Heading, rows, Gap) <= width;

    /// <summary>The table for a screen of this width; with a rule below its headings if that is wanted and there is room.</summary>
    public static Table Of(IReadOnlyList<Column> columns, IReadOnlyList<Cell[]> rows, int width, bool ruled = true)
    {
        Func<Column, string> heading = Fits(columns, rows, width) ? c => c.Heading : c => c.Short;
        ruled &= Width(columns, heading, rows, RuledGap) + 1 <= width;
        var table = new Table { Border = ruled ? TableBorder.Simple : TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(heading(column)))
            {
                Alignment = column.Alignment,
                NoWrap = true,
                Padding = ruled ? new Padding(1, 0, 1, 0) : new Padding(0, 0, column == columns[^1] ? 0 : Gap, 0),
            });
        }

        var others = Width([.. columns.Skip(1)], heading, [.. rows.Select(r => r[1..])], Gap);
        var nameMax = Math.Max(NameMin, width - others);
        foreach (var row in rows)
            table.AddRow([.. row.Select((c, i) => new Text(i == 0 ? OneLine.Shortened(c.Text, nameMax) : c.Text, c.Style))]);

        return table;
    }

    private static int Width(IReadOnlyList<Column> columns, Func<Column, string> heading, IReadOnlyList<Cell[]> rows, int gap) =>
        columns.Select((c, i) => rows.Select(r => r[i].Text.Length).Append(heading(c).Length).Max() + gap).Sum();
}
