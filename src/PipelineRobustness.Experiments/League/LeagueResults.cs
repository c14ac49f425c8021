using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.League;

/// <summary>The results of a league, whole or so far: all that its tables and bars are made of, and all that <c>league.json</c> holds.</summary>
/// <param name="Title">The league's title.</param>
/// <param name="Hurts">An attacker hurts if it makes perplexity this many times as large, undefended.</param>
/// <param name="Checks">How many checks of exact detectors it takes to say that none of their findings is false.</param>
/// <param name="MicroBatches">Micro-batches of an iteration.</param>
/// <param name="Attackers">The attackers.</param>
/// <param name="Detectors">The detectors.</param>
/// <param name="Rows">What came of the cells that were worked, in any order; of each cell once.</param>
public sealed record LeagueResults(
    string Title, double Hurts, long Checks, int MicroBatches, IReadOnlyList<AttackerEntry> Attackers, IReadOnlyList<DetectorEntry> Detectors,
    IReadOnlyList<LeagueRow> Rows)
{
    /// <summary>A league of which nothing was worked yet.</summary>
    /// <param name="league">The league.</param>
    public static LeagueResults Of(LeagueSettings league)
    {
        ArgumentNullException.ThrowIfNull(league);
        var (family, seed) = (league.Families[0].Name, league.Seeds[0]);
        CellKey[] cells = [.. league.Detectors.Select(detector => new CellKey(LeagueSettings.NoAttack, detector.Name, family, seed))];
        var runs = league.Experiment(cells).Runs;
        return new LeagueResults(
            league.Title, league.Hurts, league.Checks, runs[0].Training.MicroBatches, [.. league.Attackers.Select(AttackerEntry.Of)],
            [.. league.Detectors.Zip(runs.Skip(1), DetectorEntry.Of)], []);
    }

    /// <summary>These results with the rows of others, and with those of their entrants that are unknown here.</summary>
    public LeagueResults With(LeagueResults earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return this with
        {
            Attackers = [.. Attackers.UnionBy(earlier.Attackers, attacker => attacker.Name)],
            Detectors = [.. Detectors.UnionBy(earlier.Detectors, detector => detector.Name)],
            Rows = [.. earlier.Rows.Where(row => !Rows.Any(own => own.Key == row.Key)), .. Rows],
        };
    }

    /// <summary>Whether a row of earlier results is of an entrant that has other settings here.</summary>
    /// <param name="row">The row.</param>
    /// <param name="earlier">The earlier results.</param>
    public bool Differs(LeagueRow row, LeagueResults earlier)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(earlier);
        return Other(results => results.Attackers.FirstOrDefault(attacker => attacker.Name == row.Attacker)?.Settings)
            || Other(results => results.Detectors.FirstOrDefault(detector => detector.Name == row.Detector)?.Settings);

        bool Other(Func<LeagueResults, JsonObject?> of) => of(this) is { } own && of(earlier) is { } before && !JsonNode.DeepEquals(own, before);
    }

    /// <summary>These results with a row, in place of one of the same cell.</summary>
    public LeagueResults With(LeagueRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return this with { Rows = [.. Rows.Where(other => other.Key != row.Key), row] };
    }
}

/// <summary>What the results say of an attacker.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lie">The word for its sort of lie.</param>
/// <param name="Strength">Where it is one of several that differ in strength alone; else null.</param>
/// <param name="Attacks">How many attacks it makes undefended, where that is known beforehand; else null.</param>
/// <param name="Part">The part of the micro-batches that it lies about, each with that probability.</param>
/// <param name="Settings">Its settings.</param>
public sealed record AttackerEntry(string Name, string Lie, Strength? Strength, long? Attacks, double Part, JsonObject Settings)
{
    /// <summary>Of an attacker as read.</summary>
    public static AttackerEntry Of(LeagueAttacker attacker)
    {
        ArgumentNullException.ThrowIfNull(attacker);
        return new(attacker.Name, attacker.Lie, attacker.Strength, attacker.Attacks, attacker.Part, SettingsJson.Of(attacker.Settings));
    }
}

/// <summary>What the results say of a detector.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Always">The lies of which it promises to find each.</param>
/// <param name="ByLot">The lies that it promises to find by lot.</param>
/// <param name="Never">The lies of which it promises to find none.</param>
/// <param name="Share">The probability with which the work of a stage on a micro-batch is audited.</param>
/// <param name="SharesLots">Whether what is audited follows from the seed, so that cells of one seed are drawn alike.</param>
/// <param name="KeepsWeights">Whether it promises the weights of a run without attack.</param>
/// <param name="Convicts">Whether a referee convicts.</param>
/// <param name="Settings">Its settings.</param>
public sealed record DetectorEntry(
    string Name, IReadOnlyList<string> Always, IReadOnlyList<string> ByLot, IReadOnlyList<string> Never, double Share, bool SharesLots,
    bool KeepsWeights, bool Convicts, JsonObject Settings)
{
    /// <summary>Of a detector as read.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="run">A run under it.</param>
    public static DetectorEntry Of(LeagueDetector detector, RunSettings run)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(run);
        var (promises, defence) = (detector.Promises, run.Defence);
        return new(
            detector.Name, promises.Always, promises.ByLot, promises.Never, defence.Audit.Share, defence.Audit.Secret == AuditSecret.Seed,
            defence.Rule.KeepsWeights, defence.Rule.IsRefereed, SettingsJson.Of(detector.Settings));
    }
}
