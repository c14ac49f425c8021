using System.Diagnostics.CodeAnalysis;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity;

/// <summary>One entry of <c>attack.forward</c> or <c>attack.backward</c>.</summary>
public sealed record AttackPlan
{
    /// <summary>An entry to be filled in.</summary>
    public AttackPlan()
    {
    }

    /// <summary>An entry.</summary>
    [SetsRequiredMembers]
    public AttackPlan(string kind, double rate, int? stage = null) => (Kind, Rate, Stage) = (kind, rate, stage);

    /// <summary>Name of the attack.</summary>
    [Setting<AnyKind>]
    public required string Kind { get; init; }

    /// <summary>Probability of an attack in each attempt at an iteration.</summary>
    [Setting(0, 1)]
    public required double Rate { get; init; }

    /// <summary>The attacking or falsely accused stage; if left out, a middle stage is drawn each time.</summary>
    [Setting(1, 1_000)]
    public int? Stage { get; init; }

    // The list that the entry stands in says which kinds there are.
    private sealed record AnyKind() : AnyText("the kind of an attack");
}

/// <summary>
/// The paper's adversary: in each iteration (and each new attempt of one) every entry strikes with its probability, by one
/// stage of 1..K-2 drawn uniformly, for all its micro-batches, alike on both of its links. Who strikes is a function of
/// (seed, entry, iteration, attempt): a replay or a further pass meets the same attackers. Where the entry's attack
/// <see cref="IAttack.Accuses"/>, the stage so drawn tells the truth, and its checker lies about it to its own detector.
/// </summary>
public sealed class Adversary : IStageBehaviour
{
    private readonly ulong _seed;
    private readonly int _stages;
    private readonly Dictionary<Direction, IReadOnlyList<(AttackPlan Plan, IAttack Attack)>> _entries;
    private readonly SortedSet<Attack> _attacks = new(Comparer<Attack>.Create(Order));
    private readonly Lock _gate = new();

    /// <summary>Makes an adversary.</summary>
    /// <exception cref="BadInputException">An entry names no attack of its direction, or no middle stage.</exception>
    public Adversary(
        ulong seed, int stages, IReadOnlyList<AttackPlan> forward, IReadOnlyList<AttackPlan> backward)
    {
        _seed = seed;
        _stages = stages;
        _entries = new()
        {
            [Direction.Forward] = Resolve(forward, Direction.Forward, stages),
            [Direction.Backward] = Resolve(backward, Direction.Backward, stages),
        };
    }

    /// <summary>What happened so far, ascending: the truth that verdicts are held against.</summary>
    public IReadOnlyList<Attack> Attacks
    {
        get
        {
            lock (_gate) return [.. _attacks];
        }
    }

    /// <summary>
    /// The stages drawn in an iteration and attempt, one of each entry that strikes, in the order of the entries: who attacks, or
    /// is falsely accused.
    /// </summary>
    public IReadOnlyList<int> Strikers(Direction direction, long iteration, int attempt) =>
    [
        .. _entries[direction]
            .Select((entry, index) => Striker(entry.Plan, direction, index, iteration, attempt))
            .OfType<int>(),
    ];

    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Link is Link.Enclosure or Link.Tied) return honest;
        var accusing = context.Link == Link.Comparison;
        var drawn = context.Judged ?? context.Stage;
        var entries = _entries[context.Direction];
        for (var index = 0; index < entries.Count; index++)
        {
            var (plan, attack) = entries[index];
            if (attack.Accuses != accusing) continue;
            if (Striker(plan, context.Direction, index, context.Iteration, context.Attempt) != drawn) continue;
            if (!accusing) Count(new Attack(context.Iteration, context.Attempt, context.Direction, drawn));
            return attack.Lie(honest, SeededRandom.Key(
                _seed, "lie", (long)context.Direction, context.Iteration, context.Attempt, drawn, context.MicroBatch));
        }

        return honest;
    }

    /// <summary>The attacks that a stage came to make in an iteration and attempt, as <see cref="Attack.ToNote"/> writes them.</summary>
    public string Note(long iteration, int attempt, int stage)
    {
        lock (_gate)
        {
            return Attack.ToNote(Enum.GetValues<Direction>()
                .Select(direction => new Attack(iteration, attempt, direction, stage))
                .Where(_attacks.Contains));
        }
    }

    private void Count(Attack attack)
    {
        lock (_gate) _attacks.Add(attack);
    }

    private int? Striker(AttackPlan plan, Direction direction, int index, long iteration, int attempt)
    {
        var strikes = SeededRandom.Unit(
            SeededRandom.Key(_seed, "attack", (long)direction, index, iteration, attempt)) < plan.Rate;
        if (!strikes) return null;
        return plan.Stage ?? 1 + SeededRandom.Below(
            SeededRandom.Key(_seed, "attacker", (long)direction, index, iteration, attempt), _stages - 2);
    }

    private static IReadOnlyList<(AttackPlan Plan, IAttack Attack)> Resolve(
        IReadOnlyList<AttackPlan> plans, Direction direction, int stages) =>
        [.. plans.Select(plan => (plan, Find(plan, direction, stages)))];

    private static IAttack Find(AttackPlan plan, Direction direction, int stages)
    {
        var setting = direction == Direction.Forward ? "attack.forward" : "attack.backward";
        if (stages < 3)
            throw new BadInputException($"{setting}: expected at least 3 stages (an attacker is a middle stage), found {stages}");
        if (plan.Rate is not (>= 0 and <= 1))
            throw new BadInputException($"{setting}.rate: expected 0 to 1, found {plan.Rate}");
        if (plan.Stage is { } stage && (stage < 1 || stage > stages - 2))
            throw new BadInputException($"{setting}.stage: expected 1 to {stages - 2} (a middle stage), found {stage}");
        if (AttackCatalog.TryGet(plan.Kind, direction, out var attack)) return attack;
        throw new BadInputException(
            $"{setting}.kind: expected one of {string.Join(", ", AttackCatalog.Names(direction))}, found {plan.Kind}");
    }

    private static int Order(Attack left, Attack right) =>
        (left.Iteration, left.Attempt, left.Direction, left.Stage)
            .CompareTo((right.Iteration, right.Attempt, right.Direction, right.Stage));
}
