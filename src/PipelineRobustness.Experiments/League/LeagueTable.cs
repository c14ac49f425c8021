using System.Globalization;
using PipelineRobustness.Experiments.Report;

namespace PipelineRobustness.Experiments.League;

/// <summary>A table of a league, for a page or a document.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Note">What its numbers are.</param>
/// <param name="Columns">Headings of the columns; the first is that of the rows' names.</param>
/// <param name="Rows">Cells, the row's name first.</param>
public sealed record LeagueTable(string Heading, string Note, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const string None = "–";
    private const double Seldom = 0.5;

    /// <summary>All tables of results, in the order in which they should be read.</summary>
    public static IReadOnlyList<LeagueTable> Of(LeagueResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var (measured, standings) = (new Measured(results), Standing.Of(results));
        var attackers = results.Attackers.Select(attacker => (attacker.Name, Damage: measured.Damage(measured.Rows(attacker.Name, LeagueSettings.Undefended))))
            .OrderByDescending(attacker => attacker.Damage ?? double.NegativeInfinity).ToList();
        string[] columns = ["attacker", "undefended", .. standings.Select(standing => standing.Detector)];
        return
        [
            Standings(standings),
            BlindSpots(standings, measured),
            new(
                "Recall, by attacker",
                "The share of attacks that were detected or averted, after the perplexity that the attacker leaves undefended, over that without "
                + "attack. The attacker that does most harm comes first; those below the threshold count in no table above.",
                columns, [.. attackers.Select(attacker => Row(attacker.Name, Number(attacker.Damage, 2), detector =>
                    Number(Measured.Recall(measured.Rows(attacker.Name, detector)), 3)))]),
            new(
                "Perplexity over that without attack, by attacker", "Geometric means over models and seeds. A run that failed has none.",
                columns, [.. attackers.Select(attacker => Row(attacker.Name, Number(attacker.Damage, 2), detector =>
                    Number(measured.Damage(measured.Rows(attacker.Name, detector)), 2)))]),
            new(
                "Delay, by attacker", "Which attack is the first to be detected or averted, on average over the runs in which one was.",
                columns, [.. attackers.Select(attacker => Row(attacker.Name, None, detector =>
                    Number(Measured.Delay(measured.Rows(attacker.Name, detector)), 1)))]),
        ];

        IReadOnlyList<string> Row(string attacker, string undefended, Func<string, string> cell) =>
            [attacker, undefended, .. standings.Select(standing => cell(standing.Detector))];
    }

    private static LeagueTable Standings(IReadOnlyList<Standing> standings) => new(
        "Standings", "Over all attackers that hurt: the worst case first, then means. CPU time and bytes are over those without defence: where there is "
            + "no attack, and on average under attack. False findings and convictions are in a million checks.",
        [
            "detector", "worst recall", "by", "worst × clean", "by", "mean recall", "mean × clean", "delay", "false findings", "false convictions",
            "equal bits", "CPU", "CPU attacked", "bytes", "failed",
        ],
        [
            .. standings.Select(standing => (IReadOnlyList<string>)
            [
                standing.Detector, Number(standing.Worst?.Value, 3), standing.Worst?.Attacker ?? None, Number(standing.WorstDamage?.Value, 2),
                standing.WorstDamage?.Attacker ?? None, Number(standing.Recall, 3), Number(standing.Damage, 2), Number(standing.Delay, 1),
                Number(standing.FalseFindings, 1), Number(standing.FalseConvictions, 1), Number(standing.EqualBits, 2), Number(standing.Cost, 2),
                Number(standing.CostAttacked, 2), Number(standing.Traffic, 2), standing.Failed.ToString(CultureInfo.InvariantCulture),
            ]),
        ]);

    private static LeagueTable BlindSpots(IReadOnlyList<Standing> standings, Measured measured) => new(
        "Blind spots", "Attackers that hurt, of whose attacks fewer than half are detected or averted.", ["detector", "attackers"],
        [
            .. standings.Select(standing => (IReadOnlyList<string>)
            [
                standing.Detector,
                measured.Hurting.Where(attacker => Measured.Recall(measured.Rows(attacker.Name, standing.Detector)) < Seldom)
                    .Select(attacker => attacker.Name).ToList() is { Count: > 0 } missed ? string.Join(", ", missed) : "none",
            ]),
        ]);

    private static string Number(double? number, int decimals) => number switch
    {
        null => None,
        double.PositiveInfinity => "diverged",
        { } known => Measure.Of(known, decimals),
    };
}
