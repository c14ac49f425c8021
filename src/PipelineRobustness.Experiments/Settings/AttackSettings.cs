using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Which stages attack, or are falsely accused, in each direction.</summary>
public sealed record AttackSettings
{
    /// <summary>
    /// What a stage in the middle does to the activations it sends: { kind, rate, stage } or a list of these. <c>kind</c> is
    /// sign-flip (-a), uniform ([0, 1) instead of a) or false-accusation (no stage attacks, but the checker of that stage
    /// accuses it); <c>rate</c> the probability in each iteration, 0 .. 1; <c>stage</c> the attacker, or the accused stage,
    /// 1 .. stages - 2; if left out, a stage is drawn in each iteration, the same one for every kind.
    /// </summary>
    [SettingEntries<AttackKinds.Forward>]
    public IReadOnlyList<AttackPlan> Forward { get; init; } = [];

    /// <summary>
    /// The same for the gradients it sends; <c>kind</c> is gaussian (N(0, 1) instead of the gradient) or false-accusation.
    /// </summary>
    [SettingEntries<AttackKinds.Backward>]
    public IReadOnlyList<AttackPlan> Backward { get; init; } = [];

    /// <summary>Whether there is any attack; a false accusation is not one.</summary>
    public bool Any => All.Any(a => !Accuses(a.Plan, a.Direction));

    /// <summary>Whether any checker accuses falsely.</summary>
    public bool FalseAlarms => All.Any(a => Accuses(a.Plan, a.Direction));

    /// <summary>Directions of the entries: <c>forward</c>, <c>backward</c>, <c>both</c> or <c>unattacked</c>; part of file names.</summary>
    public string Directions => (Forward.Count > 0, Backward.Count > 0) switch
    {
        (true, true) => "both",
        (true, false) => "forward",
        (false, true) => "backward",
        _ => "unattacked",
    };

    /// <summary>Every entry with its direction, forward first.</summary>
    public IEnumerable<(AttackPlan Plan, Direction Direction)> All =>
        Forward.Select(p => (p, Direction.Forward)).Concat(Backward.Select(p => (p, Direction.Backward)));

    /// <summary>Whether an entry is a false accusation, and no stage attacks.</summary>
    public static bool Accuses(AttackPlan plan, Direction direction) =>
        AttackCatalog.TryGet(plan.Kind, direction, out var attack) && attack.Accuses;
}

/// <summary>The attacks in each direction, by kind.</summary>
public static class AttackKinds
{
    /// <summary>On activations.</summary>
    public sealed class Forward() : InDirection(Direction.Forward);

    /// <summary>On gradients.</summary>
    public sealed class Backward() : InDirection(Direction.Backward);

    /// <summary>In a direction.</summary>
    public abstract class InDirection(Direction direction) : SettingsByKind
    {
        /// <inheritdoc/>
        public override IReadOnlyDictionary<string, Type> Types { get; } =
            AttackCatalog.Names(direction).ToDictionary(name => name, _ => typeof(AttackPlan));
    }
}
