using System.Globalization;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Results;

/// <summary>The result of one remedy at one rate.</summary>
/// <param name="Run">The run.</param>
/// <param name="Value">Its perplexity, divided by the clean run's if there is one; null if it has no perplexity.</param>
/// <param name="Recovered">See <see cref="ExperimentResult.Recovered"/>.</param>
public sealed record MatrixCell(RunResult Run, double? Value, double? Recovered)
{
    /// <summary>How bad it is, for comparison: numbers that are not finite are worse than all others.</summary>
    internal double Badness => Run.Diverged ? double.PositiveInfinity : Value ?? double.NegativeInfinity;
}

/// <summary>
/// Runs that were attacked (or falsely accused) in the same direction and are compared with the same clean run, by remedy (rows) and rate
/// (columns).
/// </summary>
/// <param name="What">Model, text and direction.</param>
/// <param name="Key">A part of a file's name: the direction, and a number where there are several such matrices.</param>
/// <param name="AgainstClean">Whether the cells are ratios to a clean run's perplexity.</param>
/// <param name="Rows">Remedies, beginning with off, and other settings that distinguish the runs.</param>
/// <param name="Columns">Rates, rising.</param>
/// <param name="Cells">By row and column; null where there is no such run.</param>
public sealed record RemedyMatrix(
    string What, string Key, bool AgainstClean, IReadOnlyList<string> Rows, IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<MatrixCell?>> Cells)
{
    /// <summary>What the cells say.</summary>
    public string Quantity => AgainstClean ? "perplexity relative to clean" : "perplexity";

    /// <summary>Its heading.</summary>
    public string Heading => $"{What}: {Quantity}";

    /// <summary>Whether any cell says what its remedy recovered.</summary>
    public bool TellsRecovered => Cells.Any(row => row.Any(cell => cell?.Recovered is not null));

    /// <summary>The worst case; null where no cell has a number.</summary>
    public MatrixCell? Worst { get; } = Cells.SelectMany(row => row).OfType<MatrixCell>().Where(c => c.Run.Status == RunStatus.Done)
        .Where(c => c.Badness > double.NegativeInfinity).MaxBy(c => c.Badness);

    /// <summary>Whether a cell is the worst case.</summary>
    public bool IsWorst(MatrixCell cell) => ReferenceEquals(cell, Worst);

    /// <summary>The worst case in words; null where there is none.</summary>
    public string? WorstInWords => Worst is { } worst
        ? $"Worst: {worst.Run.Settings.Name} ({InWords(worst)})" : null;

    /// <summary>A cell's number, or a word for why there is none.</summary>
    public string InWords(MatrixCell cell) =>
        cell.Run.Diverged ? "diverged"
        : cell.Run.Status != RunStatus.Done ? cell.Run.ShownStatus
        : cell.Value is { } value ? Measure.Of(value, 2) + (AgainstClean ? " ×" : "")
        : "–";

    /// <summary>Every matrix with at least two rates or two remedies, in the order of their runs.</summary>
    public static IReadOnlyList<RemedyMatrix> Of(ExperimentResult experiment)
    {
        var groups = experiment.Runs.Where(r => r.Settings.Attack.HasEntries)
            .GroupBy(r => (CleanRuns.Group(r.Settings), Directions: r.Settings.Attack.Directions))
            .Select(g => (g.Key.Directions, Runs: g.ToList())).ToList();
        var matrices = new List<RemedyMatrix>();
        foreach (var (directions, runs) in groups)
        {
            var earlier = matrices.Count(m => m.Key == directions || m.Key.StartsWith(directions + "-", StringComparison.Ordinal));
            var what = Title(runs[0], groups.Select(g => g.Runs[0]).ToList(), directions);
            var matrix = Of(experiment, what, earlier == 0 ? directions : $"{directions}-{earlier + 1}", runs);
            if (matrix.Rows.Count > 1 || matrix.Columns.Count > 1)
                matrices.Add(matrix);
        }

        return matrices;
    }

    private static RemedyMatrix Of(ExperimentResult experiment, string what, string key, List<RunResult> runs)
    {
        var againstClean = runs.Exists(r => experiment.PerplexityRatio(r) is not null);
        var labels = RowLabels.Of([.. runs.Select(r => r.Settings)]);
        var rows = runs.Select(r => labels[r.Settings.Name]).Distinct().ToList();
        rows = [.. rows.OrderBy(row => Rank(runs.First(r => labels[r.Settings.Name] == row).Settings))];
        var columns = runs.Select(r => RateOf(r.Settings)).DistinctBy(r => r.Label).OrderBy(r => r.First).ThenBy(r => r.Last).Select(r => r.Label).ToList();
        MatrixCell? Cell(string row, string column)
        {
            var run = runs.Find(r => labels[r.Settings.Name] == row && RateOf(r.Settings).Label == column);
            return run is null ? null
                : new MatrixCell(run, againstClean ? experiment.PerplexityRatio(run) : run.Perplexity, experiment.Recovered(run));
        }

        return new RemedyMatrix(what, key, againstClean, rows, columns, [.. rows.Select(r => columns.Select(c => Cell(r, c)).ToArray())]);
    }

    private static int Rank(RunSettings run) => RemedyCatalog.Names.TakeWhile(name => name != run.Defence.Rule.Name).Count();

    private static (double First, double Last, string Label) RateOf(RunSettings run)
    {
        var rates = run.Attack.Rates.Distinct().ToList();
        return (rates[0], rates[^1], string.Join('/', rates.Select(r => r.ToString(CultureInfo.InvariantCulture))));
    }

    private static string Title(RunResult run, List<RunResult> others, string directions)
    {
        var settings = run.Settings;
        var seed = others.Select(r => r.Settings.Seed).Distinct().Count() > 1 ? $", seed {settings.Seed}" : "";
        var from = others.Exists(r => r != run && Ground(r.Settings) == Ground(settings) && r.Settings.From != settings.From)
            ? $", from {settings.From ?? "the start"}" : "";
        return $"{settings.Model.Shown} on {settings.Data.Path ?? settings.Data.Corpus}{seed}{from}, attacked "
            + directions switch { "both" => "both ways", "liars" => "by liars", _ => directions };
    }

    private static object Ground(RunSettings run) => (run.Model, run.Data, run.Seed, run.Attack.Directions);
}
