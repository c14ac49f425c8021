using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Which stages attack, or are falsely accused, in each direction, and which lie otherwise.</summary>
public sealed record AttackSettings
{
    /// <summary>What stages do to the activations they send: one attack { kind = ..., rate = ... } or a list of these.</summary>
    [SettingEntries<AttackEntries>]
    public IReadOnlyList<Attack> Forward { get; init; } = [];

    /// <summary>The same for the gradients they send.</summary>
    [SettingEntries<AttackEntries>]
    public IReadOnlyList<Attack> Backward
    {
        get;
        init => field = [.. value.Select(attack => attack with { Direction = Direction.Backward })];
    }

    = [];

    /// <summary>
    /// Stages that lie in what they send, state, report, keep, give or show: one liar { kind = ..., stage = ... } or a list of these.
    /// What stages state matters under <c>defence.remedy = referee</c>, which asks for it.
    /// </summary>
    [SettingEntries<LiarEntries>]
    public IReadOnlyList<Liar> Liars { get; init; } = [];

    /// <summary>Every attack that names a direction, forward first.</summary>
    public IEnumerable<Attack> All => Forward.Concat(Backward);

    /// <summary>Whether there is any entry, false accusations included.</summary>
    public bool HasEntries => All.Any() || Liars.Count > 0;

    /// <summary>Whether there is any attack; a false accusation is not one.</summary>
    public bool Any => Liars.Count > 0 || All.Any(attack => !attack.Accuses);

    /// <summary>Whether any checker accuses falsely.</summary>
    public bool FalseAlarms => All.Any(attack => attack.Accuses);

    /// <summary>The kinds of all entries.</summary>
    public IEnumerable<string> Kinds => All.Select(attack => attack.Kind).Concat(Liars.Select(liar => liar.Kind));

    /// <summary>The rates of all entries.</summary>
    public IEnumerable<double> Rates => All.Select(attack => attack.Rate).Concat(Liars.Select(liar => liar.Rate));

    /// <summary>The stages of all entries, in words.</summary>
    public IEnumerable<string> Stages => All.Select(attack => InWords(attack.Stages)).Concat(Liars.Select(liar => InWords(liar.Stage)));

    /// <summary>The options of all entries that are not the defaults, in words, but for rate and stage.</summary>
    public IEnumerable<string> Options => All.Select(attack => Changed(attack, AttackCatalog.Create(attack.Kind)))
        .Concat(Liars.Select(liar => Changed(liar, LiarCatalog.Create(liar.Kind))));

    /// <summary>The earlier runs whose weights attackers use.</summary>
    public IEnumerable<string> OtherRuns => Liars.Select(liar => liar.OtherRun).OfType<string>();

    /// <summary>Whether an attack remembers earlier iterations.</summary>
    public bool Remembers => All.Any(attack => attack.Remembers);

    /// <summary>An entry's stages, in words.</summary>
    public static string InWords(IReadOnlyList<string> stages)
    {
        ArgumentNullException.ThrowIfNull(stages);
        return string.Join(" and ", stages.Select(InWords));
    }

    /// <summary>
    /// Directions of the entries: <c>forward</c>, <c>backward</c>, <c>both</c>, <c>unattacked</c>, or <c>liars</c> where there are only such;
    /// part of file names.
    /// </summary>
    public string Directions => (Forward.Count > 0, Backward.Count > 0, Liars.Count > 0) switch
    {
        (true, true, _) => "both",
        (true, false, _) => "forward",
        (false, true, _) => "backward",
        (false, false, true) => "liars",
        _ => "unattacked",
    };

    private static string Changed(object entry, object usual) => string.Join(' ', SettingsSchema.Changes(entry, usual)
        .Where(option => option.Name is not ("rate" or "stage"))
        .Select(option => $"{option.Name} {option.Value}"));

    private static string InWords(string stage) => char.IsAsciiDigit(stage[0]) ? $"stage {stage}" : $"{stage} stage";
}

/// <summary>The attacks, by kind.</summary>
public sealed class AttackEntries : SettingsByKind
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Type> Types => AttackCatalog.Types;
}

/// <summary>The liars, by kind.</summary>
public sealed class LiarEntries : SettingsByKind
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Type> Types => LiarCatalog.Types;
}
