using PipelineRobustness.Experiments.Settings;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>A column: what stands over it where there is room, and where there is little.</summary>
internal sealed record Column(string Heading, string Short, Justify Alignment = Justify.Right);

/// <summary>What stands in a table's place, and how.</summary>
internal readonly record struct Cell(string Text, Style Style);

/// <summary>
/// A table that fits the screen. Where there is little room columns stand close together, then under short headings, and at
/// last the first column's texts, which are names, go without their middles.
/// </summary>
internal static class TextTable
{
    private const int NameMin = 8;

    // Spectre's border adds a blank to a row, and three to each column. Without one, a blank between columns is left.
    private const int RuledGap = 3;
    private const int Gap = 1;

    /// <summary>Whether full headings fit, though close together.</summary>
    public static bool Fits(IReadOnlyList<Column> columns, IReadOnlyList<Cell[]> rows, int width) =>
        Width(columns, c => c.Heading, rows, Gap) <= width;

    /// <summary>The table for a screen of that width; with a rule below its headings where that is wanted and there is room.</summary>
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
