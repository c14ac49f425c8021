using System.Globalization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli;

/// <summary>What is printed before an experiment starts: everything that its numbers depend on.</summary>
internal static class Header
{
    /// <param name="experiment">The experiment.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="scenario">The scenario that is injected into real processes; null for none.</param>
    public static IEnumerable<string> Of(PreparedExperiment experiment, ExperimentFolder folder, string? scenario = null)
    {
        var runs = experiment.Runs;
        yield return $"pipeline-robustness {Versions.ShownProgram}";
        yield return $"{experiment.Settings.Title}: {runs.Count} {(runs.Count == 1 ? "run" : "runs")}, "
            + $"seed {Distinct(runs, r => r.Settings.Seed)}, "
            + $"model {Distinct(runs, r => $"{r.Settings.Model.Shown} ({r.Model.Layers} layers, {Amount.Count(Cut.Parameters(r.Model))} parameters)")}";
        yield return $"stages {Distinct(runs, r => r.Settings.Pipeline.Stages)}, "
            + $"intra-op threads {Distinct(runs, r => r.Settings.Pipeline.IntraOpThreads)}, "
            + $"micro-batches {Distinct(runs, r => Shape(r.Settings.Training))}, "
            + $"copies {Distinct(runs, r => r.Settings.Defence.Copies.ToString().ToLowerInvariant())}"
            + (runs.Any(r => r.Settings.HasOtherDetector) ? $", detector {Distinct(runs, r => r.Settings.DetectorInWords)}" : "");
        var audited = runs.Where(r => r.Settings.Defence.Audit.Any).ToList();
        if (audited.Count > 0)
            yield return $"audits: {Distinct(audited, Audits)}";

        if (runs.Any(r => r.Settings.PluggedIn.Length > 0))
            yield return $"plugged in: {Distinct(runs, r => r.Settings.PluggedIn is { Length: > 0 } parts ? parts : "nothing")}";

        if (runs.SelectMany(r => r.Model.DropoutsNotApplied).Distinct().ToList() is { Count: > 0 } dropouts)
            yield return $"note: saved with the model but not applied: {string.Join(", ", dropouts)}";

        var notes = runs.SelectMany(r => (IEnumerable<string?>)[.. r.ModelNotes, r.Tokenizer?.Note, .. r.Text?.Notes ?? []]);
        foreach (var note in notes.OfType<string>().Distinct())
            yield return $"note: {note}";

        if (scenario is not null)
            yield return $"scenario {scenario}";
        else if (runs.Select(r => r.Settings.Scenario).OfType<string>().Distinct().ToList() is { Count: > 0 } unplayed)
            yield return $"note: scenario {OneLine.Of(string.Join(", ", unplayed))}: injected by simulate and by run-cluster.sh --scenario, not here";

        yield return $"results go to {folder.Root}";
    }

    private static string Audits(PreparedRun run)
    {
        var audit = run.Settings.Defence.Audit;
        var source = run.AuditKeys is not null ? "as told by an earlier run"
            : audit.Secret == AuditSecret.Seed ? "drawn from the seed, which every member can work out" : "drawn from the operating system";
        return string.Create(CultureInfo.InvariantCulture, $"{audit.Share} of micro-batches and {audit.Steps} of steps, {source}");
    }

    private static string Shape(TrainingSettings training) =>
        $"{training.MicroBatches} x {training.MicroBatchSize} x {training.SequenceLength}";

    private static string Distinct<T>(IEnumerable<PreparedRun> runs, Func<PreparedRun, T> value) =>
        string.Join(" / ", runs.Select(r => string.Create(CultureInfo.InvariantCulture, $"{value(r)}")).Distinct());
}
