using PipelineRobustness.Models;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// The paper's adversary: in each attempt at an iteration every entry attacks with its probability, through one stage of 1..K-2
/// drawn uniformly, in all its micro-batches, alike on both of its links. Who attacks is a function of (seed, entry, iteration,
/// attempt): a retry or a further pass meets the same attackers. Where the entry's attack
/// <see cref="Attack.Accuses"/>, the drawn stage is honest, and its checker tampers with what its own detector compares.
/// </summary>
public sealed class Adversary : IStageBehaviour
{
    private readonly ulong _seed;
    private readonly int _stages;
    private readonly AttackerKnowledge _knowledge;
    private readonly ILookup<Direction, Attack> _attacks;
    private readonly SortedSet<AttackEvent> _events = [];
    private readonly Lock _gate = new();

    /// <summary>Creates an adversary.</summary>
    /// <exception cref="BadInputException">An entry's rate is no probability, or it names no middle stage.</exception>
    public Adversary(ulong seed, int stages, IReadOnlyList<Attack> attacks)
    {
        ArgumentNullException.ThrowIfNull(attacks);
        foreach (var attack in attacks) ThrowIfImpossible(attack, stages);
        (_seed, _stages, _knowledge) = (seed, stages, new AttackerKnowledge(stages));
        _attacks = attacks.ToLookup(attack => attack.Direction);
    }

    /// <summary>The attacks so far, ascending: the truth that verdicts are compared with.</summary>
    public IReadOnlyList<AttackEvent> Events
    {
        get
        {
            lock (_gate) return [.. _events];
        }
    }

    /// <summary>
    /// The stages drawn in an attempt, one for each entry that attacks, in the order of the entries: the attackers, or
    /// those that are falsely accused.
    /// </summary>
    public IReadOnlyList<int> Drawn(Direction direction, long iteration, int attempt) =>
    [
        .. _attacks[direction]
            .Select((attack, index) => Drawn(attack, index, iteration, attempt))
            .OfType<int>(),
    ];

    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Link is Link.Enclosure or Link.Tied) return honest;
        var accuses = context.Link == Link.Comparison;
        var stage = context.Judged ?? context.Stage;
        foreach (var (index, attack) in _attacks[context.Direction].Index())
        {
            if (attack.Accuses != accuses || Drawn(attack, index, context.Iteration, context.Attempt) != stage) continue;
            var sent = attack.Tamper(ContextOf(context, stage), honest, new EntryMemory(context, index));
            if (!accuses && !ReferenceEquals(sent, honest)) Record(new AttackEvent(context.Iteration, context.Attempt, context.Direction, stage));
            return sent;
        }

        return honest;
    }

    /// <summary>The attacks that a stage made in an attempt, as <see cref="AttackEvent.ToNote"/> writes them.</summary>
    public string Note(long iteration, int attempt, int stage)
    {
        lock (_gate)
        {
            return AttackEvent.ToNote(Enum.GetValues<Direction>()
                .Select(direction => new AttackEvent(iteration, attempt, direction, stage))
                .Where(_events.Contains));
        }
    }

    // The key's purpose is part of the numbers of every run so far.
    private AttackContext ContextOf(SendContext context, int stage) => new(
        context.Iteration, context.Attempt, context.Pass, context.MicroBatch, context.Stage, context.Direction, context.Link,
        SeededRandom.Key(_seed, "lie", (long)context.Direction, context.Iteration, context.Attempt, stage, context.MicroBatch),
        _knowledge);

    private void Record(AttackEvent taken)
    {
        lock (_gate) _events.Add(taken);
    }

    private int? Drawn(Attack attack, int index, long iteration, int attempt)
    {
        ulong Key(string purpose) => SeededRandom.Key(_seed, purpose, (long)attack.Direction, index, iteration, attempt);
        if (SeededRandom.Unit(Key("attack")) >= attack.Rate) return null;
        return attack.Stage ?? 1 + SeededRandom.Below(Key("attacker"), _stages - 2);
    }

    private static void ThrowIfImpossible(Attack attack, int stages)
    {
        var setting = attack.Direction == Direction.Forward ? "attack.forward" : "attack.backward";
        if (stages < 3)
            throw new BadInputException($"{setting}: expected at least 3 stages (an attacker is a middle stage), found {stages}");
        if (attack.Rate is not (>= 0 and <= 1))
            throw new BadInputException($"{setting}.rate: expected 0 to 1, found {attack.Rate}");
        if (attack.Stage is { } stage && (stage < 1 || stage > stages - 2))
            throw new BadInputException($"{setting}.stage: expected 1 to {stages - 2} (a middle stage), found {stage}");
    }

    // An entry's share of what its stage remembers of the attempt.
    private sealed class EntryMemory(SendContext context, int entry) : IAttackMemory
    {
        private AttemptMemory Memory => context.Memory ?? throw new InvalidOperationException("expected a stage with a memory, found none");

        private string Owner => $"{context.Direction} {entry}";

        public void Keep(long key, Tensor value) => Memory.Keep(Owner, key, value);

        public Tensor? Recall(long key) => Memory.Recall(Owner, key);
    }
}
