using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>Writes tables in Markdown.</summary>
internal sealed class MarkdownTable(TextWriter output, TextWriter progress)
{
    /// <summary>Begins a section with a table.</summary>
    public void Title(string title, string description)
    {
        output.WriteLine($"\n## {title}\n\n{description}\n");
        progress.WriteLine(title);
    }

    /// <summary>Writes a row; a row whose first cell has no digit is the header.</summary>
    public void Row(string[] cells)
    {
        output.WriteLine($"| {string.Join(" | ", cells)} |");
        if (cells[0].All(c => !char.IsDigit(c))) output.WriteLine($"|{string.Concat(cells.Select(_ => "---|"))}");
    }

    /// <summary>Formats a number in the invariant culture.</summary>
    public static string Number(double number, string format = "0.0") => number.ToString(format, CultureInfo.InvariantCulture);
}
