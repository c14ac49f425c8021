using System.Globalization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Experiments.Report;

/// <summary>The report's table of prompts: of each run's final weights, the share of each set that they go on with as expected.</summary>
internal static class PromptsTable
{
    /// <summary>Draws the table; null where no run has prompts.</summary>
    public static Markup? Of(ExperimentResult experiment)
    {
        var sets = experiment.Runs.SelectMany(run => run.Prompts).Select(share => share.Set).Distinct().ToList();
        if (sets.Count == 0) return null;

        var body = new Markup();
        foreach (var run in experiment.Runs.Where(run => run.Prompts.Count > 0)) body.Element("tr", Row(run, sets));
        return HtmlTable.Of(sets.Prepend("run"), body);
    }

    private static Markup Row(RunResult run, List<string> sets)
    {
        var row = new Markup().Element("th", run.Settings.Name, ("scope", "row"));
        foreach (var set in sets)
        {
            var share = run.Prompts.FirstOrDefault(share => share.Set == set);
            row.Element("td", share is null ? "–" : share.Share.ToString("0.00", CultureInfo.InvariantCulture));
        }

        return row;
    }
}
