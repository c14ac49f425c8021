namespace PipelineRobustness.Experiments.League;

/// <summary>How a detector stands: the worst case over all attackers that hurt, then means over them.</summary>
/// <param name="Detector">Its name.</param>
/// <param name="Worst">The lowest recall, with the attacker; null where no attack was made on it.</param>
/// <param name="WorstDamage">The highest perplexity over that without attack, with the attacker.</param>
/// <param name="Recall">The mean recall.</param>
/// <param name="Damage">The mean perplexity over that without attack (geometric).</param>
/// <param name="Delay">Which attack is the first to be caught.</param>
/// <param name="FalseFindings">In a million checks, all rows of the detector counted.</param>
/// <param name="FalseConvictions">The same.</param>
/// <param name="EqualBits">The share of runs that ended with the weights of a run without attack.</param>
/// <param name="Cost">CPU time over that without defence, where there is no attack.</param>
/// <param name="Traffic">Bytes over those without defence, where there is no attack.</param>
/// <param name="CostAttacked">CPU time over that without attack and defence, the mean over attackers that hurt.</param>
/// <param name="Failed">Runs that failed.</param>
public sealed record Standing(
    string Detector, Extreme? Worst, Extreme? WorstDamage, double? Recall, double? Damage, double? Delay, double? FalseFindings,
    double? FalseConvictions, double? EqualBits, double? Cost, double? Traffic, double? CostAttacked, int Failed)
{
    /// <summary>All detectors of results, the best first: by the worst recall, then the mean one, then cost.</summary>
    public static IReadOnlyList<Standing> Of(LeagueResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var measured = new Measured(results);
        return
        [
            .. results.Detectors.Select(detector => Of(detector.Name, measured)).Where(standing => standing.Worst is not null)
                .OrderByDescending(standing => standing.Worst!.Value).ThenByDescending(standing => standing.Recall).ThenBy(standing => standing.Cost),
        ];
    }

    private static Standing Of(string detector, Measured measured)
    {
        var pairs = measured.Hurting.Select(attacker => (attacker.Name, Rows: measured.Rows(attacker.Name, detector))).ToList();
        var recalls = pairs.Select(pair => Extreme.Of(pair.Name, Measured.Recall(pair.Rows))).OfType<Extreme>().ToList();
        var damages = pairs.Select(pair => Extreme.Of(pair.Name, measured.Damage(pair.Rows))).OfType<Extreme>().ToList();
        var (calm, all) = (measured.Rows(LeagueSettings.NoAttack, detector), measured.RowsOf(detector).ToList());
        var attacked = pairs.SelectMany(pair => pair.Rows).ToList();
        return new Standing(
            detector, recalls.MinBy(recall => recall.Value), damages.MaxBy(damage => damage.Value),
            recalls.Count == 0 ? null : recalls.Average(recall => recall.Value), measured.Damage(attacked), Measured.Delay(attacked),
            Measured.PerMillion(all, row => row.FalseFindings), Measured.PerMillion(all, row => row.FalseConvictions), measured.EqualBits(attacked),
            measured.OverClean(calm, row => row.CpuSeconds), measured.OverClean(calm, row => row.Bytes),
            measured.OverClean(attacked, row => row.CpuSeconds), all.Count(row => !row.Done));
    }
}

/// <summary>A number, and the attacker that it was reached with.</summary>
/// <param name="Attacker">The attacker.</param>
/// <param name="Value">The number.</param>
public sealed record Extreme(string Attacker, double Value)
{
    /// <summary>Null where there is no number.</summary>
    public static Extreme? Of(string attacker, double? value) => value is { } known ? new(attacker, known) : null;
}
