using PipelineRobustness.Experiments.Results;

namespace PipelineRobustness.Experiments.Report;

/// <summary>A matrix of remedies and rates as a table of the report.</summary>
internal static class MatrixMarkup
{
    /// <summary>Draws the table; the worst case is marked.</summary>
    public static Markup Of(RemedyMatrix matrix)
    {
        var head = new Markup().Element("th", "remedy", ("scope", "col"));
        foreach (var column in matrix.Columns)
            head.Element("th", $"rate {column}", ("scope", "col"), ("class", "rate"));

        var body = new Markup();
        foreach (var (index, name) in matrix.Rows.Index())
        {
            var row = new Markup().Element("th", name, ("scope", "row"));
            foreach (var cell in matrix.Cells[index])
                row.Element("td", Cell(matrix, cell));

            body.Element("tr", row);
        }

        var table = new Markup().Element("thead", new Markup().Element("tr", head)).Element("tbody", body);
        return new Markup().Element("div", new Markup().Element("table", table), ("class", "wide"));
    }

    private static Markup Cell(RemedyMatrix matrix, MatrixCell? cell)
    {
        if (cell is null)
            return new Markup().Text("–");

        var recovered = cell.Recovered is { } times ? $" (recovered {Measure.Of(times, 2)} ×)" : "";
        var text = new Markup().Text(matrix.InWords(cell) + recovered);
        return matrix.IsWorst(cell) ? text.Element("span", "worst", ("class", "mark worst")) : text;
    }
}
