namespace PipelineRobustness.Experiments.League;

/// <summary>What rows come to against the rows that they are compared with: pure arithmetic over results.</summary>
public sealed class Measured
{
    private readonly LeagueResults _results;
    private readonly Dictionary<CellKey, LeagueRow> _rows;
    private readonly ILookup<(string Attacker, string Detector), LeagueRow> _pairs;

    /// <summary>Looks results through.</summary>
    public Measured(LeagueResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        _results = results;
        _rows = results.Rows.ToDictionary(row => row.Key);
        _pairs = results.Rows.ToLookup(row => (row.Attacker, row.Detector));
        Hurting = [.. results.Attackers.Where(attacker => Damage(Rows(attacker.Name, LeagueSettings.Undefended)) >= results.Hurts)];
    }

    /// <summary>The attackers that hurt where there is no defence.</summary>
    public IReadOnlyList<AttackerEntry> Hurting { get; }

    /// <summary>The rows of an attacker against a detector, of all models and seeds.</summary>
    public IReadOnlyList<LeagueRow> Rows(string attacker, string detector) => [.. _pairs[(attacker, detector)]];

    /// <summary>The rows of a detector.</summary>
    public IEnumerable<LeagueRow> RowsOf(string detector) => _results.Rows.Where(row => row.Detector == detector);

    /// <summary>The row that one is compared with; null where it was not worked, or is of other settings.</summary>
    public LeagueRow? CleanOf(LeagueRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return _rows.TryGetValue(row.Key.Clean, out var clean) && clean.Identity == row.CleanIdentity ? clean : null;
    }

    /// <summary>The share of attacks that were detected or averted; null where there were none.</summary>
    public static double? Recall(IEnumerable<LeagueRow> rows)
    {
        var (caught, attacks) = rows.Aggregate((0L, 0L), (sum, row) => (sum.Item1 + row.Caught, sum.Item2 + row.Attacks));
        return attacks == 0 ? null : (double)caught / attacks;
    }

    /// <summary>Which attack is the first to be caught, on average over the rows in which one was; null where none was in any.</summary>
    public static double? Delay(IEnumerable<LeagueRow> rows) => Mean(rows.Select(row => (double?)row.Delay));

    /// <summary>So many in a million checks; null where there were none.</summary>
    public static double? PerMillion(IEnumerable<LeagueRow> rows, Func<LeagueRow, long> count)
    {
        var (found, checks) = rows.Aggregate((0L, 0L), (sum, row) => (sum.Item1 + count(row), sum.Item2 + row.Checks));
        return checks == 0 ? null : found * 1e6 / checks;
    }

    /// <summary>
    /// Perplexity over that without attack and defence, the geometric mean of rows; infinite where one diverged. Runs that failed have no
    /// perplexity and are left out; null where none is left.
    /// </summary>
    public double? Damage(IEnumerable<LeagueRow> rows) => GeometricMean(rows.Where(row => row.Done)
        .Select(row => CleanOf(row)?.Perplexity is { } clean ? (row.Perplexity ?? double.PositiveInfinity) / clean : (double?)null));

    /// <summary>An amount over that without attack and defence, the geometric mean of rows.</summary>
    public double? OverClean(IEnumerable<LeagueRow> rows, Func<LeagueRow, double> amount) => GeometricMean(
        rows.Where(row => row.Done).Select(row => CleanOf(row) is { } clean && amount(clean) > 0 ? amount(row) / amount(clean) : (double?)null));

    /// <summary>The share of rows that ended with the weights of the run without attack and defence; null where there is none to compare.</summary>
    public double? EqualBits(IEnumerable<LeagueRow> rows) => Mean(rows.Select(row => HasCleanWeights(row) is { } equal ? equal ? 1.0 : 0.0 : (double?)null));

    /// <summary>Whether a row ended with the weights of the run without attack and defence; null where that was not worked.</summary>
    public bool? HasCleanWeights(LeagueRow row) => CleanOf(row)?.Weights is { } clean ? row.Weights == clean : null;

    private static double? GeometricMean(IEnumerable<double?> ratios) =>
        Mean(ratios.Select(ratio => ratio is { } known ? Math.Log(known) : (double?)null)) is { } mean ? Math.Exp(mean) : null;

    private static double? Mean(IEnumerable<double?> numbers) => numbers.OfType<double>().DefaultIfEmpty(double.NaN).Average() is var mean
        && double.IsNaN(mean) ? null : mean;
}
