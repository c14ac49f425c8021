using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Report;

/// <summary>
/// <c>report.html</c>: one self-contained page, without scripts, for the screen (light and dark) and for paper. Its
/// figures are also written as separate files.
/// </summary>
public sealed class ReportPage
{
    private readonly ExperimentResult _result;
    private readonly Markup _page = new();

    private ReportPage(ExperimentResult result) => _result = result;

    /// <summary>Writes the page and its figures.</summary>
    /// <exception cref="NotSavedException">The files cannot be written.</exception>
    /// <exception cref="FolderTakenException">The folder is not this process's any more.</exception>
    public static string Write(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder) =>
        NotSavedException.Try("the report", () => WriteAll(result, experiment, folder));

    private static string WriteAll(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder)
    {
        var page = new ReportPage(result);
        page._page.Raw(RunDescription.Inputs(experiment).ToString());
        page.Results();
        page.Prompts();
        page.Figures(folder);
        page.Matrices();
        page.RunByRun();
        page._page.Raw(RunDescription.Of(result.Settings).ToString());
        page.Reproduce();
        page.Words();
        page._page.Raw(RunDescription.EverySetting(result.Settings).ToString());
        folder.Write(folder.Markdown, ResultsMarkdown.Of(result));
        folder.Write(folder.Report, page.Document());
        return folder.Report;
    }

    private IEnumerable<IRemedy> Remedies => _result.Settings.Runs.Select(run => run.Defence.Rule);

    private string Document()
    {
        var title = $"{_result.Settings.Title}, seed {_result.Settings.Seed}";
        var head = new Markup()
            .Raw("<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Element("title", $"{title} - PipelineRobustness")
            .Raw($"<style>\n{Figure.Resource("report.css")}</style>\n");
        var body = new Markup().Element("h1", title).Element("p", Headline(), ("class", "lead")).Raw(_page.ToString());
        var html = new Markup().Element("html", new Markup().Element("head", head).Element("body", body), ("lang", "en"));
        return $"<!doctype html>\n{html}";
    }

    private string Headline()
    {
        var done = _result.Runs.Count(r => r.Status == RunStatus.Done);
        var parts = new List<string> { $"{done} of {_result.Settings.Runs.Count} runs done" };
        var defended = _result.Runs.Where(r => r.Settings.Defence.Checks).ToList();
        var (attacks, detected) = (defended.Sum(r => r.Tally.Attacks), defended.Sum(r => r.Tally.Detected));
        if (attacks > 0)
            parts.Add($"{(detected == attacks ? "all" : $"{detected} of")} {attacks} attacks on defended runs detected");

        if (_result.FalselyAccused is { } accused) parts.Add(accused);
        if (_result.Runs.Count(r => _result.EqualsClean(r) == true) is > 0 and var equal)
            parts.Add($"{equal} of the other runs ended with the clean run's weights, bit for bit");

        return string.Join("; ", parts) + ".";
    }

    private void Results()
    {
        var keepers = RemedyCatalog.All.Concat(Remedies).Where(remedy => remedy.KeepsWeights).Select(remedy => remedy.Name).Distinct();
        _page.Element("h2", "Results").Raw(ResultsTable.Of(_result).ToString());
        _page.Element(
            "p",
            $"Under {string.Join(" and ", keepers)} the weights should be those of the clean run, bit for bit: the mark next to a fingerprint "
            + "shows where they are. Attacks and detections are counted by iteration, attempt, direction and stage; where nothing is "
            + "compared, nothing is detected.",
            ("class", "faint"));
    }

    private void Prompts()
    {
        if (PromptsTable.Of(_result) is not { } table) return;
        _page.Element("h3", "Prompts").Raw(table.ToString()).Element(
            "p", "The share of each set's prompts after which the likeliest continuation by the final weights is the expected one.", ("class", "faint"));
    }

    private void Figures(ExperimentFolder folder)
    {
        foreach (var (file, figure, caption) in FigureSet.Of(_result))
        {
            var svg = figure.ToString();
            folder.Write(folder.Full(file), svg);
            _page.Element("figure", new Markup().Raw(svg).Element("figcaption", caption));
        }
    }

    private void Matrices()
    {
        foreach (var matrix in RemedyMatrix.Of(_result))
            _page.Element("h3", matrix.Heading).Raw(MatrixMarkup.Of(matrix).ToString());
    }

    private void RunByRun()
    {
        _page.Element("h2", "Run by run");
        foreach (var run in _result.Runs)
        {
            _page.Element("h3", run.Settings.Name).Element("p", RunSummary.Of(_result, run));
            if (RulingsTable.Of(run) is { } rulings) _page.Raw(rulings.ToString());
        }
    }

    private void Reproduce()
    {
        var versions = Versions.InWords;
        var others = _result.Runs.Where(r => r.Program != Versions.Program).Select(r => r.Program).Distinct().ToList();
        if (others.Count > 0)
            versions += $"; some runs before that with {string.Join(", ", others.Select(Versions.Shown))}";

        _page.Element("h2", "How to reproduce it");
        _page.Element("pre", $"{TypedCommand.InAClone} {_result.Command}");
        _page.Element(
            "p",
            $"Run on {_result.Began:yyyy-MM-dd HH:mm} UTC with {versions}. In the same folder: experiment.json (all numbers, for "
            + "scripts), events.jsonl (a line per iteration, verdict and ruling), results.md (tables for a document), "
            + "the figures as separate files (.svg), and the final weights of "
            + "runs as Hugging Face folders.");
    }

    private void Words()
    {
        var words = new Markup();
        foreach (var (word, meaning) in Glossary.Words(Remedies))
            words.Element("dt", word).Element("dd", meaning);

        _page.Element("h2", "What the words mean").Element("dl", words).Element("p", Glossary.Source);
    }
}
