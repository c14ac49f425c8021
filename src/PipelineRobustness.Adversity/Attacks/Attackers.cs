using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Who attacks in an attempt, and what is sent then.</summary>
internal sealed class Attackers(AttackerKnowledge knowledge, IReadOnlyList<Attack> attacks)
{
    private const string Inputs = "inputs of attackers";

    private readonly LastAsked _lastAsked = new();
    private readonly ILookup<Direction, Attack> _attacks = attacks.ToLookup(attack => attack.Direction);
    private readonly bool _needInputs = attacks.Any(attack => attack.NeedsInput);
    private readonly bool _remember = attacks.Any(attack => attack.Remembers);

    /// <summary>The stages of an attempt, in the order of the entries that attack.</summary>
    public IReadOnlyList<int> Drawn(Direction direction, long iteration, int attempt) =>
        [.. _attacks[direction].Index().SelectMany(entry => Drawn(entry.Item, entry.Index, iteration, attempt))];

    /// <summary>What a stage sends, or compares.</summary>
    public Tensor Tamper(SendContext context, Tensor honest)
    {
        // A later holder of a convicted stage's seat is another one.
        if (context.Seat != 0 || context.Link is not (Link.Neighbour or Link.Jump or Link.Comparison)) return honest;
        var (accuses, stage) = (context.Link == Link.Comparison, context.Judged ?? context.Stage);
        var (attacked, sent) = (false, honest);
        foreach (var (index, attack) in _attacks[context.Direction].Index())
        {
            // The first entry that is drawn attacks, and all others only look on.
            if (attack.Accuses != accuses) continue;
            var memory = new EntryMemory(context, Owner(attack, index), $" {context.Link}");
            if (!attacked && Drawn(attack, index, context.Iteration, context.Attempt).Contains(stage))
                (attacked, sent) = (true, attack.Tamper(ContextOf(context, stage, attack), honest, memory));
            else if (attack.Remembers && MayAttack(attack, stage))
                attack.Spare(ContextOf(context, stage, attack), honest, memory);
        }

        return sent;
    }

    /// <summary>Remembers what a block is about to work on, as far as any attack needs that.</summary>
    public void Receive(SendContext context, Tensor input)
    {
        if (context.Seat != 0) return;
        if (_needInputs) context.Memory?.Attempt.Keep(Inputs, InputKey(context), input);
        if (!_remember || context.Link != Link.Neighbour) return;
        foreach (var (index, attack) in _attacks.SelectMany(list => list.Index()))
        {
            if (attack.Remembers && MayAttack(attack, context.Stage))
                attack.Receive(ContextOf(context, context.Stage, attack), input, new EntryMemory(context, Owner(attack, index)));
        }
    }

    /// <summary>Remembers what the referee asks a stage for.</summary>
    public void Show(HeldContext context, int? microBatch)
    {
        if (microBatch is { } asked && context.Block == context.Stage) _lastAsked.Note(context.Stage, context.Iteration, asked);
    }

    private IReadOnlyList<int> Drawn(Attack attack, int index, long iteration, int attempt)
    {
        ulong Key(string purpose) => SeededRandom.Key(knowledge.Seed, purpose, (long)attack.Direction, index, iteration, attempt);
        if (iteration < attack.From || iteration >= attack.Until || SeededRandom.Unit(Key("attack")) >= attack.Rate) return [];
        return [.. attack.Stages.SelectMany(word => StageWord.Stage(word, knowledge.Stages) is { } named ? [named] : Middle(attack.Any, Key)).Distinct()];
    }

    // Some stages in the middle, none of them twice.
    private IEnumerable<int> Middle(int count, Func<string, ulong> key)
    {
        var left = Enumerable.Range(1, knowledge.Stages - 2).ToList();
        for (var one = 0; one < count; one++)
        {
            var at = SeededRandom.Below(key(one == 0 ? "attacker" : $"attacker {one}"), left.Count);
            yield return left[at];
            left.RemoveAt(at);
        }
    }

    private bool MayAttack(Attack attack, int stage) => attack.Stages.Any(word =>
        StageWord.Stage(word, knowledge.Stages) is { } named ? named == stage : stage > 0 && stage < knowledge.Stages - 1);

    private static string Owner(Attack attack, int index) => $"{attack.Direction} {index}";

    // The key's purpose is part of the numbers of every run so far.
    private AttackContext ContextOf(SendContext context, int stage, Attack attack) => new(
        context.Iteration, context.Attempt, context.Pass, context.MicroBatch, context.Stage, context.Direction, context.Link,
        SeededRandom.Key(knowledge.Seed, "lie", (long)context.Direction, context.Iteration, context.Attempt, stage, context.MicroBatch),
        knowledge)
    {
        Input = attack.NeedsInput ? context.Memory?.Attempt.Recall(Inputs, InputKey(context)) : null,
        FollowsRecovery = context.FollowsRecovery,
        LastAsked = attack.Remembers ? _lastAsked.Before(stage, context.Iteration) : [],
    };

    // The last input of each kind. What takes the jump is of the stage's own block forward, of its copy backward.
    private static long InputKey(SendContext context) => (context.Direction, context.Link) switch
    {
        (Direction.Forward, _) => 0,
        (_, Link.Jump) => 2,
        _ => 1,
    };
}
