using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>Tables in Markdown, as a document takes them.</summary>
internal sealed class MarkdownTable(TextWriter output, TextWriter progress)
{
    /// <summary>Begins one.</summary>
    public void Title(string title, string told)
    {
        output.WriteLine($"\n## {title}\n\n{told}\n");
        progress.WriteLine(title);
    }

    /// <summary>A row; one without a number is the head.</summary>
    public void Row(string[] cells)
    {
        output.WriteLine($"| {string.Join(" | ", cells)} |");
        if (cells[0].All(c => !char.IsDigit(c))) output.WriteLine($"|{string.Concat(cells.Select(_ => "---|"))}");
    }

    /// <summary>A number as everybody writes it.</summary>
    public static string Number(double number, string format = "0.0") => number.ToString(format, CultureInfo.InvariantCulture);
}
