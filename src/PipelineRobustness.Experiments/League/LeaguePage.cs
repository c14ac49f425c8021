using System.Globalization;
using System.Text;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;

namespace PipelineRobustness.Experiments.League;

/// <summary><c>league.html</c>, <c>league.md</c> and the figures: what people read of a league.</summary>
public static class LeaguePage
{
    private const string PageName = "league.html", DocumentName = "league.md";

    /// <summary>Writes all of it.</summary>
    /// <returns>The path of the page.</returns>
    /// <exception cref="NotSavedException">The files cannot be written.</exception>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    public static string Write(LeagueResults results, ExperimentFolder folder)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(folder);
        return NotSavedException.Try("the report", () =>
        {
            var (tables, bars, figures) = (LeagueTable.Of(results), LeagueBars.Of(results), Figures(results).ToList());
            foreach (var (file, figure, _) in figures) folder.Write(folder.Full(file), figure.ToString());
            folder.Write(folder.Full(DocumentName), Document(results, tables, bars));
            folder.Write(folder.Full(PageName), Page(results, tables, bars, figures));
            return folder.Full(PageName);
        });
    }

    /// <summary>The tables, for a document.</summary>
    public static string Document(LeagueResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return Document(results, LeagueTable.Of(results), LeagueBars.Of(results));
    }

    private static string Document(LeagueResults results, IReadOnlyList<LeagueTable> tables, IReadOnlyList<Bar> bars)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {results.Title}\n\n{Headline(results, bars)}\n");
        foreach (var table in tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {table.Heading}\n\n{table.Note}\n\n| {string.Join(" | ", table.Columns)} |\n");
            text.Append("|:---|").AppendJoin("", table.Columns.Skip(1).Select(_ => "---:|")).Append('\n');
            foreach (var row in table.Rows) text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
        }

        text.Append("\n## Bars\n\n");
        foreach (var bar in bars) text.Append(CultureInfo.InvariantCulture, $"* {bar}\n");
        return text.ToString();
    }

    private static string Page(
        LeagueResults results, IReadOnlyList<LeagueTable> tables, IReadOnlyList<Bar> bars, IReadOnlyList<(string File, Figure Figure, string Caption)> figures)
    {
        var body = new Markup().Element("h1", results.Title).Element("p", Headline(results, bars), ("class", "lead"));
        Append(body, tables[0]);
        foreach (var (_, figure, caption) in figures)
            body.Element("figure", new Markup().Raw(figure.ToString()).Element("figcaption", caption));

        foreach (var table in tables.Skip(1)) Append(body, table);
        var ends = new Markup();
        foreach (var bar in bars) ends.Element("dt", $"{bar.EndInWords}: {bar.Name}").Element("dd", bar.Reason);
        body.Element("h2", "Bars").Element("dl", ends);
        var head = new Markup()
            .Raw("<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Element("title", $"{results.Title} - PipelineRobustness")
            .Raw($"<style>\n{Figure.Resource("report.css")}</style>\n");
        var html = new Markup().Element("html", new Markup().Element("head", head).Element("body", body), ("lang", "en"));
        return $"<!doctype html>\n{html}";
    }

    private static IEnumerable<(string File, Figure Figure, string Caption)> Figures(LeagueResults results)
    {
        if (CostFigure.Of(Standing.Of(results)) is { } cost)
            yield return ("league-cost.svg", cost, "Filled: the worst case over all attackers that hurt. Open: the mean. Up and to the left is better.");

        foreach (var (name, figure) in StrengthFigure.Of(results))
            yield return ($"league-{name}.svg", figure, "Each mark is a strength. To the right the attack does more harm where there is no defence.");
    }

    private static string Headline(LeagueResults results, IReadOnlyList<Bar> bars)
    {
        var rows = results.Rows;
        var seeds = string.Join(", ", rows.Select(row => row.Seed).Distinct().Order());
        var programs = string.Join(", ", rows.Select(row => Versions.Shown(row.Program)).Distinct());
        var families = string.Join(", ", rows.Select(row => row.Family).Distinct());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows.Count:#,0} cells: {results.Attackers.Count} attackers, {results.Detectors.Count} detectors, "
            + $"models {families}, seeds {seeds}; an attacker hurts from {results.Hurts} times the perplexity on. "
            + $"{bars.Count(bar => bar.End == BarEnd.Holds)} of {bars.Count} bars hold, {bars.Count(bar => bar.End == BarEnd.Broken)} are broken. "
            + $"Worked with {programs}.");
    }

    private static void Append(Markup page, LeagueTable table)
    {
        var body = new Markup();
        foreach (var cells in table.Rows)
        {
            var row = new Markup().Element("th", cells[0], ("scope", "row"));
            foreach (var cell in cells.Skip(1)) row.Element("td", cell);
            body.Element("tr", row);
        }

        page.Element("h2", table.Heading).Element("p", table.Note, ("class", "faint")).Raw(HtmlTable.Of(table.Columns, body, "rate").ToString());
    }
}
