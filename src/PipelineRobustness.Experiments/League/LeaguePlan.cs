using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.League;

/// <summary>What is to be done of a league: the cells that are wanted, those of them that are left, and the models that these start with.</summary>
/// <param name="Wanted">The cells that are wanted.</param>
/// <param name="Left">Those that were not worked yet.</param>
/// <param name="Parents">The runs that train models which cells that are left start with, and which are not there yet.</param>
/// <param name="Begun">The results to begin with: what is known, without rows that are worked again.</param>
/// <param name="Identities">What decides the numbers of each cell that is wanted, as a hash.</param>
public sealed record LeaguePlan(
    IReadOnlyList<CellKey> Wanted, IReadOnlyList<CellKey> Left, IReadOnlyList<string> Parents, LeagueResults Begun,
    IReadOnlyDictionary<CellKey, string> Identities)
{
    /// <summary>Plans.</summary>
    /// <param name="league">The league.</param>
    /// <param name="experiment">The runs of the cells that are wanted.</param>
    /// <param name="only">Which cells are wanted.</param>
    /// <param name="earlier">What <c>league.json</c> holds; null where there is none.</param>
    /// <param name="again">Whether cells that are asked for are worked although there is a row.</param>
    /// <param name="hasParent">Whether a model is there, by its run's name and identity.</param>
    /// <exception cref="BadInputException">A row is of other settings.</exception>
    public static LeaguePlan Of(
        LeagueSettings league, PreparedExperiment experiment, CellFilter only, LeagueResults? earlier, bool again, Func<string, string, bool> hasParent)
    {
        ArgumentNullException.ThrowIfNull(league);
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(only);
        ArgumentNullException.ThrowIfNull(hasParent);
        var identities = experiment.Runs.ToDictionary(run => run.Settings.Name, run => RunIdentity.Of(experiment, run));
        var nothing = LeagueResults.Of(league);
        var before = earlier ?? nothing;
        var kept = before.Rows.Where(row => !(again && only.Names(row.Key))).ToList();
        ThrowIfOfOthers([.. kept.Where(row => IsOfOthers(row, identities) || nothing.Differs(row, before))]);
        CellKey[] wanted = [.. league.Cells.Where(only.Takes)];
        CellKey[] left = [.. wanted.Except(kept.Select(row => row.Key))];
        return new LeaguePlan(
            wanted, left, [.. left.Select(cell => cell.Parent).Distinct().Where(parent => !hasParent(parent, identities[parent]))],
            nothing.With(before with { Rows = kept }), wanted.ToDictionary(cell => cell, cell => identities[cell.Run]));
    }

    /// <summary>A row with the identity of what it is compared with.</summary>
    /// <exception cref="InvalidOperationException">It is of other settings than were planned: the file has changed meanwhile.</exception>
    public LeagueRow Checked(LeagueRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Identities[row.Key] == row.Identity ? row with { CleanIdentity = Identities[row.Key.Clean] }
            : throw new InvalidOperationException($"{row.Key}: the worker had other settings: the file, or a text that it names, has changed meanwhile");
    }

    private static bool IsOfOthers(LeagueRow row, Dictionary<string, string> identities) =>
        (identities.TryGetValue(row.Key.Run, out var own) && own != row.Identity)
        || (identities.TryGetValue(row.Key.Clean.Run, out var clean) && clean != row.CleanIdentity);

    // A row that cannot be compared with the others would be in each table with them.
    private static void ThrowIfOfOthers(List<LeagueRow> others)
    {
        if (others.Count > 0)
        {
            throw new BadInputException(FormattableString.Invariant(
                $"{LeagueJson.FileName}: expected rows of this file's settings, found {others.Count} of others, such as {others[0].Key}; ")
                + "--again works them again, or --out names another folder");
        }
    }
}
