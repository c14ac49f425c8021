namespace PipelineRobustness.Experiments.League;

/// <summary>One combination of a league.</summary>
/// <param name="Attacker">The attacker's name, or <see cref="LeagueSettings.NoAttack"/>.</param>
/// <param name="Detector">The detector's name, or <see cref="LeagueSettings.Undefended"/>.</param>
/// <param name="Family">The model's name.</param>
/// <param name="Seed">The seed.</param>
public readonly record struct CellKey(string Attacker, string Detector, string Family, ulong Seed)
{
    private const char Separator = '_';

    /// <summary>The name of its run, which no other cell has: names of entrants are without the separator.</summary>
    public string Run => string.Join(Separator, Parent, Attacker, Detector);

    /// <summary>The name of the run that trains the model which it starts with.</summary>
    public string Parent => FormattableString.Invariant($"{Family}{Separator}{Seed}");

    /// <summary>The same model without attack and defence, which the cell is compared with.</summary>
    public CellKey Clean => this with { Attacker = LeagueSettings.NoAttack, Detector = LeagueSettings.Undefended };

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Attacker} against {Detector} ({Family}, seed {Seed})");
}
