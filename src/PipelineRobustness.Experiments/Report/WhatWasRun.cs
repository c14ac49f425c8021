using System.Globalization;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>The report's section on models, texts and settings.</summary>
internal static class WhatWasRun
{
    private static readonly (string Name, Func<RunSettings, object> Value)[] Shown =
    [
        ("seed", r => r.Seed),
        ("stages", r => r.Pipeline.Stages),
        ("intra-op threads", r => r.Pipeline.IntraOpThreads),
        ("iterations", r => r.Training.Iterations),
        ("micro-batches x size x tokens", r => $"{r.Training.MicroBatches} x {r.Training.MicroBatchSize} x {r.Training.SequenceLength}"),
        ("learning rate (peak), warm-up", r => Invariant($"{r.Training.LearningRate}, {r.Training.WarmUp} iterations")),
        ("gradient's norm cut to", r => r.Training.ClipNorm > 0 ? Invariant($"{r.Training.ClipNorm} {Scope(r.Training.Clip)}") : "nothing"),
        ("remedy, copies", r => $"{r.Defence.Remedy}, {r.Defence.Copies.ToString().ToLowerInvariant()}"),
    ];

    /// <summary>Draws the section.</summary>
    public static Markup Of(ExperimentSettings settings, PreparedExperiment experiment)
    {
        var section = new Markup().Element("h2", "What was run");
        foreach (var alike in experiment.Runs.GroupBy(r => (r.Settings.Model, r.Settings.Data)))
            section.Element("p", Inputs(alike.First()));

        section.Element(
            "p",
            "Everything random is drawn from the seed. With the same settings, intra-op threads, libraries and kind of processor, a run "
            + "ends with the same bits every time, over any number of stages.");
        var details = new Markup()
            .Element("summary", "All settings, and where each was written")
            .Element("pre", EffectiveText.Of(settings));
        return section.Element("div", Table(settings.Runs), ("class", "wide")).Element("details", details);
    }

    private static string Inputs(PreparedRun run)
    {
        var (model, corpus) = (run.Model, run.Corpus);
        return Invariant($"Model {run.Settings.Model.Shown}: {model.Layers} layers of width {model.Hidden}, ")
            + Invariant($"{Cut.Parameters(model):#,0} parameters, {model.VocabularySize:#,0} token ids. Text: {corpus.Origin}, ")
            + Invariant($"{corpus.Train.Length:#,0} tokens to train on, {corpus.Validation.Length:#,0} to evaluate on.");
    }

    private static Markup Table(IReadOnlyList<RunSettings> runs)
    {
        var rows = new Markup();
        foreach (var (name, value) in Shown)
        {
            var alike = runs.GroupBy(r => Convert.ToString(value(r), CultureInfo.InvariantCulture)!).ToList();
            var text = alike.Count == 1
                ? alike[0].Key
                : string.Join("; ", alike.Select(g => $"{g.Key} ({string.Join(", ", g.Select(r => r.Name))})"));
            rows.Element("tr", new Markup().Element("th", name, ("scope", "row")).Element("td", text));
        }

        return new Markup().Element("table", new Markup().Element("tbody", rows), ("class", "settings"));
    }

    private static string Scope(ClipScope scope) => scope == ClipScope.Global ? "over the whole model" : "in each stage";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
