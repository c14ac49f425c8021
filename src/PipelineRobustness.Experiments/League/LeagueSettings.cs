using System.Globalization;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.League;

/// <summary>A league as read: every attacker plays against every detector, with every model and seed.</summary>
/// <param name="Title">The file's name without its ending.</param>
/// <param name="Folder">The folder of the file, where relative paths are looked for too.</param>
/// <param name="Base">The settings that all cells have in common.</param>
/// <param name="Pretraining">What is different in the run that trains the model which cells start with.</param>
public sealed record LeagueSettings(string Title, string Folder, SettingSection Base, SettingSection Pretraining)
{
    /// <summary>The name of the attacker that does nothing.</summary>
    public const string NoAttack = "no-attack";

    /// <summary>The name of the detector that compares nothing.</summary>
    public const string Undefended = "undefended";

    private static readonly Origin Own = new("league");

    /// <summary>The models.</summary>
    public required IReadOnlyList<LeagueFamily> Families { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>The attackers, without <see cref="NoAttack"/>.</summary>
    public required IReadOnlyList<LeagueAttacker> Attackers { get; init; }

    /// <summary>The detectors, without <see cref="Undefended"/>.</summary>
    public required IReadOnlyList<LeagueDetector> Detectors { get; init; }

    /// <summary>An attacker hurts if it makes perplexity this many times as large, undefended.</summary>
    public required double Hurts { get; init; }

    /// <summary>How many checks of exact detectors it takes to say that none of their findings is false.</summary>
    public required long Checks { get; init; }

    /// <summary>
    /// All cells, in the order in which they are worked: whole leagues of one seed and model after another, so that a league that is
    /// stopped has as few seeds as there was time for, and all that they are compared with.
    /// </summary>
    public IEnumerable<CellKey> Cells =>
        from seed in Seeds
        from family in Families
        from detector in Detectors.Select(detector => detector.Name).Prepend(Undefended)
        from attacker in Attackers.Select(attacker => attacker.Name).Prepend(NoAttack)
        select new CellKey(attacker, detector, family.Name, seed);

    /// <summary>The runs of cells, after the runs that train the models which they start with.</summary>
    /// <exception cref="BadInputException">A setting has a value that does not fit.</exception>
    public ExperimentSettings Experiment(IReadOnlyCollection<CellKey> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var reference = SettingsFile.Reference();
        RunSettings[] runs =
        [
            .. cells.DistinctBy(cell => cell.Parent).Select(cell => ExperimentSettings.Read(cell.Parent, null, Parent(reference, cell))),
            .. cells.Select(cell => ExperimentSettings.Read(cell.Run, cell.Parent, Cell(reference, cell))),
        ];
        var top = new TopSettings();
        return new ExperimentSettings(Title, Folder, reference.Under(Base), runs, [.. runs.Select(run => run.Effective)])
        {
            Cluster = top.Cluster,
            Campaign = top.Campaign,
        };
    }

    private SettingSection Parent(SettingSection reference, CellKey cell) => Model(reference, cell).Under(Pretraining);

    private SettingSection Cell(SettingSection reference, CellKey cell)
    {
        var nothing = new SettingSection([], Own);
        var detector = Detectors.FirstOrDefault(one => one.Name == cell.Detector)?.Settings ?? nothing;
        var attacker = Attackers.FirstOrDefault(one => one.Name == cell.Attacker)?.Settings ?? nothing;
        return Model(reference, cell).Under(detector).Under(attacker);
    }

    private SettingSection Model(SettingSection reference, CellKey cell) => reference.Under(Base)
        .Under(Families.First(family => family.Name == cell.Family).Settings)
        .With("seed", new SettingText(cell.Seed.ToString(CultureInfo.InvariantCulture), Own));
}
