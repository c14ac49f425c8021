using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Which stages attack, or are falsely accused, in each direction.</summary>
public sealed record AttackSettings
{
    /// <summary>What stages in the middle do to the activations they send: one attack { kind = ..., rate = ... } or a list of these.</summary>
    [SettingEntries<AttackEntries>]
    public IReadOnlyList<Attack> Forward { get; init; } = [];

    /// <summary>The same for the gradients it sends.</summary>
    [SettingEntries<AttackEntries>]
    public IReadOnlyList<Attack> Backward
    {
        get;
        init => field = [.. value.Select(attack => attack with { Direction = Direction.Backward })];
    }

    = [];

    /// <summary>Every entry, forward first.</summary>
    public IEnumerable<Attack> All => Forward.Concat(Backward);

    /// <summary>Whether there is any attack; a false accusation is not one.</summary>
    public bool Any => All.Any(attack => !attack.Accuses);

    /// <summary>Whether any checker accuses falsely.</summary>
    public bool FalseAlarms => All.Any(attack => attack.Accuses);

    /// <summary>Directions of the entries: <c>forward</c>, <c>backward</c>, <c>both</c> or <c>unattacked</c>; part of file names.</summary>
    public string Directions => (Forward.Count > 0, Backward.Count > 0) switch
    {
        (true, true) => "both",
        (true, false) => "forward",
        (false, true) => "backward",
        _ => "unattacked",
    };
}

/// <summary>The attacks, by kind.</summary>
public sealed class AttackEntries : SettingsByKind
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Type> Types => AttackCatalog.Types;
}
