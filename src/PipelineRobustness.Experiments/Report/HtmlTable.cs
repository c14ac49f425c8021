namespace PipelineRobustness.Experiments.Report;

/// <summary>A table of a page, which scrolls where the screen is narrower.</summary>
internal static class HtmlTable
{
    /// <summary>Draws one.</summary>
    /// <param name="columns">Headings of the columns.</param>
    /// <param name="rows">The rows' elements.</param>
    /// <param name="ofNumbers">The class of all columns but the first; null for none.</param>
    public static Markup Of(IEnumerable<string> columns, Markup rows, string? ofNumbers = null)
    {
        var head = new Markup();
        foreach (var (index, column) in columns.Index())
        {
            if (index > 0 && ofNumbers is not null) head.Element("th", column, ("scope", "col"), ("class", ofNumbers));
            else head.Element("th", column, ("scope", "col"));
        }

        var table = new Markup().Element("thead", new Markup().Element("tr", head)).Element("tbody", rows);
        return new Markup().Element("div", new Markup().Element("table", table), ("class", "wide"));
    }
}
