using System.Globalization;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>
/// <c>report.html</c>: one self-contained page, without scripts, for the screen (light and dark) and for paper; and its
/// figures as files of their own.
/// </summary>
public sealed class ReportPage
{
    private readonly ExperimentResult _result;
    private readonly PreparedExperiment _experiment;
    private readonly ExperimentFolder _folder;
    private readonly Markup _page = new();

    private ReportPage(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder)
    {
        _result = result;
        _experiment = experiment;
        _folder = folder;
    }

    /// <summary>Writes the page and its figures.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    public static void Write(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder)
    {
        var page = new ReportPage(result, experiment, folder);
        page.WhatWasRun();
        page.Results();
        page.RunByRun();
        page.Reproduce();
        page.Words();
        ExperimentFolder.Write(folder.Report, page.Document());
    }

    private string Document()
    {
        var title = $"{_result.Settings.Title}, seed {_result.Settings.Seed}";
        var head = new Markup()
            .Raw("<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Element("title", $"{title} - PipelineRobustness").Raw($"<style>\n{Figure.Resource("report.css")}</style>\n");
        var body = new Markup().Element("h1", title).Element("p", Headline(), ("class", "lead")).Raw(_page.ToString());
        return "<!doctype html>\n" + new Markup().Element(
            "html", new Markup().Element("head", head).Element("body", body), ("lang", "en"));
    }

    private string Headline()
    {
        var done = _result.Runs.Count(r => r.Status == RunStatus.Done);
        var (attacks, detected) = _result.Runs.Where(r => r.Settings.Defence.Checks)
            .Aggregate((0L, 0L), (sum, r) => (sum.Item1 + r.Tally.Attacks, sum.Item2 + r.Tally.Detected));
        var equal = _result.Runs.Count(r => _result.EqualsClean(r) == true);
        var parts = new List<string> { $"{done} of {_result.Settings.Runs.Count} runs done" };
        if (attacks > 0)
        {
            parts.Add(detected == attacks ? $"all {attacks} attacks on defended runs detected" : $"{detected} of {attacks} attacks on defended runs detected");
        }

        var falseVerdicts = _result.Runs.Sum(r => r.Tally.FalseVerdicts);
        parts.Add(falseVerdicts == 0 ? "nobody falsely accused" : $"{falseVerdicts} false verdicts");
        if (equal > 0)
        {
            parts.Add($"{equal} of the other runs ended with the clean run's weights, bit for bit");
        }

        return string.Join("; ", parts) + ".";
    }

    private void WhatWasRun()
    {
        _page.Element("h2", "What was run");
        foreach (var alike in _experiment.Runs.GroupBy(r => r.Settings.Model))
        {
            var run = alike.First();
            _page.Element("p", $"Model {run.Settings.Model.Shown}: {run.Model.Layers} layers of width {run.Model.Hidden}, {Whole(Cut.Parameters(run.Model))} parameters, "
                + $"{run.Model.VocabularySize} token ids. Text: {run.Corpus.Origin}, {Whole(run.Corpus.Train.Length)} tokens to train on, {Whole(run.Corpus.Validation.Length)} to evaluate on.");
        }

        _page.Element("p", "Everything random is drawn from the seed. With the same settings, intra-op threads and libraries, a run ends with the same bits every time, "
            + "over any number of stages.");
        var rows = new Markup();
        foreach (var (path, values) in Shown())
        {
            rows.Element("tr", new Markup().Element("th", path, ("scope", "row")).Element("td", values));
        }

        _page.Element("div", new Markup().Element("table", new Markup().Element("tbody", rows), ("class", "settings")), ("class", "wide"));
        _page.Element("details", new Markup().Element("summary", "All settings, and where each was written").Element("pre", EffectiveText.Of(_result.Settings)));
    }

    private IEnumerable<(string, string)> Shown()
    {
        (string, Func<RunSettings, object>)[] shown =
        [
            ("seed", r => r.Seed),
            ("stages", r => r.Pipeline.Stages),
            ("intra-op threads", r => r.Pipeline.IntraOpThreads),
            ("iterations", r => r.Training.Iterations),
            ("micro-batches x size x tokens", r => $"{r.Training.MicroBatches} x {r.Training.MicroBatchSize} x {r.Training.SequenceLength}"),
            ("learning rate (peak), warm-up", r => string.Create(CultureInfo.InvariantCulture, $"{r.Training.LearningRate}, {r.Training.WarmUp} iterations")),
            ("gradient clipping", r => string.Create(CultureInfo.InvariantCulture, $"{r.Training.ClipNorm} {(r.Training.Clip == ClipScope.Global ? "global" : "per stage")}")),
            ("remedy, copies", r => $"{r.Defence.Remedy}, {r.Defence.Copies.ToString().ToLowerInvariant()}"),
        ];
        foreach (var (name, value) in shown)
        {
            var groups = _result.Settings.Runs.GroupBy(r => Convert.ToString(value(r), CultureInfo.InvariantCulture)!).ToList();
            yield return (name, groups.Count == 1
                ? groups[0].Key
                : string.Join("; ", groups.Select(g => $"{g.Key} ({string.Join(", ", g.Select(r => r.Name))})")));
        }
    }

    private void Results()
    {
        _page.Element("h2", "Results").Element("div", ResultsTable.Of(_result));
        _page.Element("p", "Under takeover and restart the weights should be those of the clean run, bit for bit: the mark beside a fingerprint shows where they are. "
            + "Attacks and detections are counted by iteration, try, direction and stage; where nothing is compared, nothing is detected.", ("class", "faint"));
        Draw("perplexity.svg", PerplexityFigure.Of(_result), "Grey: not attacked. Red: attacked and undefended. Green: attacked and defended. The line is the clean run.");
        foreach (var (file, title, runs) in LossFigures())
        {
            Draw(file, LossFigure.Of(title, runs), "Each curve is the mean over the last tenth of its run's iterations. The clean run lies pale beneath the others; curves that equal it hide it in part.");
        }
    }

    // The clean run is in each figure, so that every curve can be held against it.
    private IEnumerable<(string File, string Title, List<RunResult> Runs)> LossFigures()
    {
        var groups = _result.Runs.Where(r => r != _result.Clean).GroupBy(r => (r.Settings.Attack.Forward.Count > 0, r.Settings.Attack.Backward.Count > 0));
        var found = false;
        foreach (var group in groups)
        {
            var (file, what) = group.Key switch
            {
                (true, true) => ("both", "runs attacked both ways"),
                (true, false) => ("forward", "runs attacked forward"),
                (false, true) => ("backward", "runs attacked backward"),
                _ => ("unattacked", "runs without attack"),
            };
            found = true;
            yield return ($"loss-{file}.svg", $"Training loss, {what}", [.. _result.Clean is { } clean ? [clean] : Array.Empty<RunResult>(), .. group]);
        }

        if (!found)
        {
            yield return ("loss-unattacked.svg", "Training loss", [.. _result.Runs]);
        }
    }

    private void Draw(string file, Figure? figure, string caption)
    {
        if (figure is null)
        {
            return;
        }

        var svg = figure.ToString();
        ExperimentFolder.Write(_folder.Full(file), svg);
        _page.Element("figure", new Markup().Raw(svg).Element("figcaption", caption));
    }

    private void RunByRun()
    {
        _page.Element("h2", "Run by run");
        foreach (var run in _result.Runs)
        {
            _page.Element("h3", run.Settings.Name).Element("p", RunStory.Of(_result, run));
        }
    }

    private void Reproduce()
    {
        _page.Element("h2", "How to reproduce it");
        _page.Element("pre", $"dotnet run -c Release --project src/PipelineRobustness.Cli -- {_result.Command}");
        _page.Element("p", $"Run on {_result.Began:yyyy-MM-dd HH:mm} UTC with {string.Join(", ", Versions.All.Select(v => $"{v.Name} {v.Version}"))}. "
            + "Beside this page: experiment.json (all numbers, for scripts), events.jsonl (a line per iteration and verdict), and the final weights of each run as a Hugging Face folder.");
    }

    private void Words()
    {
        _page.Element("h2", "What the words mean");
        var words = new Markup();
        foreach (var (word, meaning) in Glossary.Words)
        {
            words.Element("dt", word).Element("dd", meaning);
        }

        _page.Element("dl", words);
        _page.Element("p", "After Lu et al., “Exploring the Robustness of Decentralized Training for Large Language Models” (arXiv 2312.00843). "
            + "The paper checks the forward pass only. Checking the backward pass, in which the copy's gradient is held against the one that was sent, is our extension; so is takeover.");
    }

    private static string Whole(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
