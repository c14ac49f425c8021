using System.Globalization;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Report;

/// <summary>The report's sections on models, texts and settings.</summary>
internal static class RunDescription
{
    private const int NamedMax = 2;

    private static readonly (string Name, Func<RunSettings, object> Value)[] Shown =
    [
        ("seed", r => r.Seed),
        ("stages", r => r.Pipeline.Stages),
        ("intra-op threads", r => r.Pipeline.IntraOpThreads),
        ("iterations", r => r.Training.Iterations),
        ("micro-batches x size x tokens", r => $"{r.Training.MicroBatches} x {r.Training.MicroBatchSize} x {r.Training.SequenceLength}"),
        ("learning rate (peak), warm-up", r => Invariant($"{r.Training.LearningRate}, {r.Training.WarmUp} iterations")),
        ("gradient clipped to norm", r => r.Training.ClipNorm > 0 ? Invariant($"{r.Training.ClipNorm} {Scope(r.Training.Clip)}") : "not clipped"),
        ("remedy, copies", r => $"{r.Defence.Rule.Name}, {r.Defence.Copies.ToString().ToLowerInvariant()}"),
        ("detector", r => r.DetectorInWords),
        ("plugged in", r => r.PluggedIn),
    ];

    /// <summary>Models and texts, with a paragraph for each pair.</summary>
    public static Markup Inputs(PreparedExperiment experiment)
    {
        var paragraphs = new Markup();
        foreach (var alike in experiment.Runs.GroupBy(r => (r.Settings.Model, r.Settings.Data)))
            paragraphs.Element("p", Inputs(alike.First()));

        return paragraphs;
    }

    /// <summary>The section on the settings that matter most.</summary>
    public static Markup Of(ExperimentSettings settings) => new Markup()
        .Element("h2", "What was run")
        .Element(
            "p",
            "Everything random is drawn from the seed. With the same settings, intra-op threads, libraries and kind of processor, a run "
            + "ends with the same bits every time, and, unless the gradient is clipped per stage, over any number of stages.")
        .Element("div", Table(settings.Runs), ("class", "wide"));

    /// <summary>The section with all settings.</summary>
    public static Markup EverySetting(ExperimentSettings settings) => new Markup()
        .Element("h2", "Every setting")
        .Element(
            "details",
            new Markup().Element("summary", "As an experiment file, with the origin of each").Element("pre", EffectiveText.Of(settings)));

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
            if (alike is [{ Key: "" }]) continue;
            rows.Element("tr", new Markup().Element("th", name, ("scope", "row")).Element("td", InWords(alike)));
        }

        return new Markup().Element("table", new Markup().Element("tbody", rows), ("class", "settings"));
    }

    // The most frequent value comes last, without the names of its runs.
    private static string InWords(List<IGrouping<string, RunSettings>> alike)
    {
        static string Named(IGrouping<string, RunSettings> group) => $"{group.Key} ({string.Join(", ", group.Select(r => r.Name))})";
        var most = alike.MaxBy(g => g.Count())!;
        return alike.Count == 1 ? most.Key
            : most.Count() <= NamedMax ? string.Join("; ", alike.Select(Named))
            : string.Join("; ", alike.Where(g => g != most).Select(Named).Append($"{most.Key} (all others)"));
    }

    private static string Scope(ClipScope scope) => scope == ClipScope.Global ? "over the whole model" : "per stage";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
