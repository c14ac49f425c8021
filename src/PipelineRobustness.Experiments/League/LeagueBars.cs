using System.Globalization;

namespace PipelineRobustness.Experiments.League;

/// <summary>What must hold of every league, whatever its size: a pure function of its results.</summary>
public static class LeagueBars
{
    private const double Deviations = 3;
    private const int NamesShown = 3;

    /// <summary>All bars, each with its reason.</summary>
    public static IReadOnlyList<Bar> Of(LeagueResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var measured = new Measured(results);
        return
        [
            .. results.Attackers.Where(attacker => attacker.Attacks is not null).Select(attacker => Size(attacker, measured)),
            .. Each(results, detector => detector.Always, (detector, rows) => Recall(detector, rows)),
            .. results.Detectors.Where(detector => detector is { KeepsWeights: true, Always.Count: > 0 }).Select(detector => Bits(detector, results, measured)),
            .. Each(results, detector => detector.ByLot, (detector, rows) => Lot(detector, results, rows)),
            .. Each(results, detector => detector.Never, (detector, rows) => Nothing(detector, rows)),
            .. results.Detectors.Where(detector => detector.Convicts).Select(detector => Convictions(detector, measured)),
            Findings(results),
            Shuffled(results),
        ];
    }

    private static IEnumerable<Bar> Each(
        LeagueResults results, Func<DetectorEntry, IReadOnlyList<string>> lies, Func<DetectorEntry, IReadOnlyList<LeagueRow>, Bar> judge) =>
        results.Detectors.Where(detector => lies(detector).Count > 0).Select(detector => judge(detector, Of(detector.Name, lies(detector), results)));

    // The measuring instrument itself: an attack of a known size.
    private static Bar Size(AttackerEntry attacker, Measured measured) => Judged(
        $"{attacker.Name} makes {Whole(attacker.Attacks!.Value)} attacks undefended", measured.Rows(attacker.Name, LeagueSettings.Undefended),
        row => row.Attacks == attacker.Attacks, row => $"{Whole(row.Attacks)}");

    // An attacker that knows it would be found may make no attack at all.
    private static Bar Recall(DetectorEntry detector, IReadOnlyList<LeagueRow> rows) => Judged(
        $"{detector.Name} finds every attack ({Words(detector.Always)})", [.. rows.Where(row => row.Attacks > 0)], row => row.Caught == row.Attacks,
        row => $"{Whole(row.Caught)} of {Whole(row.Attacks)}");

    private static Bar Bits(DetectorEntry detector, LeagueResults results, Measured measured)
    {
        var rows = measured.Rows(LeagueSettings.NoAttack, detector.Name).Concat(Of(detector.Name, detector.Always, results))
            .Where(row => measured.CleanOf(row)?.Weights is not null).ToList();
        return Judged(
            $"{detector.Name} ends with the weights of the run without attack", rows, row => measured.HasCleanWeights(row) == true,
            row => row.Done ? "other weights" : $"failed: {row.Reason}");
    }

    private static Bar Nothing(DetectorEntry detector, IReadOnlyList<LeagueRow> rows) => Judged(
        $"{detector.Name} finds no attack ({Words(detector.Never)})", rows, row => row.Caught == 0, row => $"{Whole(row.Caught)} of {Whole(row.Attacks)}");

    private static Bar Convictions(DetectorEntry detector, Measured measured) => Judged(
        $"{detector.Name} convicts no honest stage", [.. measured.RowsOf(detector.Name)], row => row.FalseConvictions == 0,
        row => $"{Whole(row.FalseConvictions)} convicted");

    // An attempt stays unfound if in no micro-batch a lie and a lot meet. Cells with the same lots may all have the same luck.
    private static Bar Lot(DetectorEntry detector, LeagueResults results, IReadOnlyList<LeagueRow> rows)
    {
        var parts = results.Attackers.ToDictionary(attacker => attacker.Name, attacker => attacker.Part);
        double Chance(LeagueRow row) => 1 - Math.Pow(1 - (detector.Share * parts[row.Attacker]), results.MicroBatches);
        double Variance(LeagueRow row) => row.AttackedAttempts * Chance(row) * (1 - Chance(row));
        double Together(IEnumerable<LeagueRow> alike) => Math.Pow(alike.Sum(row => Math.Sqrt(Variance(row))), 2);
        var (caught, attacked) = (rows.Sum(row => row.CaughtAttempts), rows.Sum(row => row.AttackedAttempts));
        var theory = string.Create(CultureInfo.InvariantCulture, $"1 - (1 - {detector.Share})^{results.MicroBatches}");
        return ByChance(
            $"{detector.Name} finds by lot ({Words(detector.ByLot)}; {theory})", attacked > 0, caught,
            rows.Sum(row => row.AttackedAttempts * Chance(row)), detector.SharesLots ? rows.GroupBy(row => row.Seed).Sum(Together) : rows.Sum(Variance),
            $"{Whole(attacked)} attempts with attacks");
    }

    private static Bar Findings(LeagueResults results)
    {
        const string Name = "no exact detector finds anything false";
        var exact = results.Detectors.Where(detector => detector.Always.Count > 0).Select(detector => detector.Name).ToHashSet();
        var rows = results.Rows.Where(row => exact.Contains(row.Detector)).ToList();
        var (checks, wrong) = (rows.Sum(row => row.Checks), rows.Where(row => row.FalseFindings > 0).ToList());
        if (wrong.Count > 0) return Broken(Name, wrong, rows.Count, row => $"{Whole(row.FalseFindings)} in {Whole(row.Checks)} checks");
        return checks >= results.Checks ? new Bar(Name, BarEnd.Holds, $"none in {Whole(checks)} checks")
            : new Bar(Name, BarEnd.NotJudged, $"none in {Whole(checks)} checks, of {Whole(results.Checks)} wanted");
    }

    private static Bar Shuffled(LeagueResults results)
    {
        var all = results.Rows.Select(row => row.Shuffled).ToList();
        return ByChance(
            "recall is that of chance where the truth is shuffled", all.Sum(one => one.Attacks) > 0, all.Sum(one => one.Hits),
            all.Sum(one => one.Expected), all.Sum(one => one.Variance), $"{Whole(all.Sum(one => one.Attacks))} shuffled attacks");
    }

    private static Bar ByChance(string name, bool isShown, long found, double expected, double variance, string among)
    {
        var room = Deviations * Math.Sqrt(variance);
        var reason = string.Create(CultureInfo.InvariantCulture, $"{found} found of {among}, {expected:0.0} ± {room:0.0} expected");
        return new Bar(name, !isShown ? BarEnd.NotJudged : Math.Abs(found - expected) <= Math.Max(room, 1e-9) ? BarEnd.Holds : BarEnd.Broken, reason);
    }

    private static Bar Judged(string name, IReadOnlyList<LeagueRow> rows, Func<LeagueRow, bool> holds, Func<LeagueRow, string> found)
    {
        if (rows.Count == 0) return new Bar(name, BarEnd.NotJudged, "no cell shows it");
        var wrong = rows.Where(row => !holds(row)).ToList();
        return wrong.Count > 0 ? Broken(name, wrong, rows.Count, found) : new Bar(name, BarEnd.Holds, $"in {Cells(rows.Count)}");
    }

    private static Bar Broken(string name, List<LeagueRow> wrong, int all, Func<LeagueRow, string> found)
    {
        var shown = wrong.Take(NamesShown).Select(row => $"{row.Key}: {found(row)}");
        var more = wrong.Count > NamesShown ? $"; and {Whole(wrong.Count - NamesShown)} more" : "";
        return new Bar(name, BarEnd.Broken, $"not in {Whole(wrong.Count)} of {Cells(all)}: {string.Join("; ", shown)}{more}");
    }

    private static IReadOnlyList<LeagueRow> Of(string detector, IReadOnlyList<string> lies, LeagueResults results)
    {
        var attackers = results.Attackers.Where(attacker => lies.Contains(attacker.Lie)).Select(attacker => attacker.Name).ToHashSet();
        return [.. results.Rows.Where(row => row.Detector == detector && attackers.Contains(row.Attacker))];
    }

    private static string Words(IEnumerable<string> lies) => string.Join(", ", lies);

    private static string Cells(int count) => count == 1 ? "1 cell" : $"{Whole(count)} cells";

    private static string Whole(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
