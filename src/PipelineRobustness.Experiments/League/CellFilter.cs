using System.Globalization;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.League;

/// <summary>
/// <c>--only</c>: which cells are wanted, by names: <c>detectors=NAME,...</c>, and alike <c>attackers</c>, <c>families</c> and <c>seeds</c>.
/// Those without attack, and those without defence, are always: the others are compared with them.
/// </summary>
public sealed class CellFilter
{
    private readonly HashSet<string>? _attackers, _detectors, _families, _seeds;

    /// <summary>Reads the options.</summary>
    /// <param name="league">The league, whose names may be written.</param>
    /// <param name="only">The options' values.</param>
    /// <exception cref="BadInputException">One is no KIND=NAME,... of the league.</exception>
    public CellFilter(LeagueSettings league, IEnumerable<string> only)
    {
        ArgumentNullException.ThrowIfNull(league);
        ArgumentNullException.ThrowIfNull(only);
        var swept = league.Attackers.Where(attacker => attacker.Strength is not null).ToLookup(attacker => attacker.Strength!.Of, attacker => attacker.Name);
        var known = new Dictionary<string, IEnumerable<string>>
        {
            ["attackers"] = league.Attackers.Select(attacker => attacker.Name).Concat(swept.Select(group => group.Key)).Append(LeagueSettings.NoAttack),
            ["detectors"] = league.Detectors.Select(detector => detector.Name).Append(LeagueSettings.Undefended),
            ["families"] = league.Families.Select(family => family.Name),
            ["seeds"] = league.Seeds.Select(seed => seed.ToString(CultureInfo.InvariantCulture)),
        };
        var wanted = new Dictionary<string, HashSet<string>>();
        foreach (var option in only)
        {
            var (kind, names) = option.Split('=', 2) is [var left, var right] && known.ContainsKey(left) ? (left, right.Split(','))
                : throw new BadInputException($"--only: expected KIND=NAME,... with one of {string.Join(", ", known.Keys)}, found {OneLine.Of(option)}");
            foreach (var name in names.Where(name => !known[kind].Contains(name)))
                throw new BadInputException($"--only: expected one of the league's {kind}, found {OneLine.Of(name)}; {Hint(name, known[kind])}");

            if (!wanted.TryGetValue(kind, out var all)) wanted[kind] = all = [];
            all.UnionWith(names.SelectMany(name => kind == "attackers" && swept.Contains(name) ? swept[name] : [name]));
        }

        (_attackers, _detectors, _families, _seeds) = (
            wanted.GetValueOrDefault("attackers"), wanted.GetValueOrDefault("detectors"), wanted.GetValueOrDefault("families"),
            wanted.GetValueOrDefault("seeds"));
    }

    /// <summary>Whether a cell is wanted.</summary>
    public bool Takes(CellKey cell) =>
        (_attackers?.Contains(cell.Attacker) != false || cell.Attacker == LeagueSettings.NoAttack)
        && (_detectors?.Contains(cell.Detector) != false || cell.Detector == LeagueSettings.Undefended)
        && _families?.Contains(cell.Family) != false
        && _seeds?.Contains(cell.Seed.ToString(CultureInfo.InvariantCulture)) != false;

    /// <summary>Whether a cell is asked for by name, and not as one that others are compared with.</summary>
    public bool Names(CellKey cell) => Takes(cell) && _attackers?.Contains(cell.Attacker) != false && _detectors?.Contains(cell.Detector) != false;

    private static string Hint(string name, IEnumerable<string> known) => NearestName.Hint(name, [.. known]);
}
