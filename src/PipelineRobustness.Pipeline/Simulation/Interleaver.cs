using Akka.Dispatch;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>How the next of the mailboxes that have a message is drawn.</summary>
public enum Interleaving
{
    /// <summary>Any, with equal chance.</summary>
    AnyOrder,

    /// <summary>
    /// The one of highest priority, drawn once for each, except that at a few instants the one that would run falls behind all
    /// others (Burckhardt et al. 2010, "A randomized scheduler with probabilistic guarantees of finding bugs"): orders in which
    /// one actor is late for long are rare among equal chances.
    /// </summary>
    Priorities,
}

/// <summary>The order in which mailboxes run: a function of the seed.</summary>
internal sealed class Interleaver(ulong seed, Interleaving interleaving)
{
    private const int Changes = 5;
    private const int ChangesWithin = 4000;

    private readonly HashSet<long> _changes =
        [.. Enumerable.Range(0, Changes).Select(c => (long)SeededRandom.Below(SeededRandom.Key(seed, "change of priority", c), ChangesWithin))];

    private readonly Dictionary<IRunnable, long> _priorities = [];

    /// <summary>Draws one of those that are ready.</summary>
    public int Next(IReadOnlyList<IRunnable> ready, long turn)
    {
        if (ready.Count == 1 && !_changes.Contains(turn)) return 0;
        if (interleaving == Interleaving.AnyOrder)
            return SeededRandom.Below(SeededRandom.Key(seed, "interleaving", turn), ready.Count);
        var first = Highest(ready);
        if (_changes.Contains(turn)) _priorities[ready[first]] = -turn - 1;
        return first;
    }

    private int Highest(IReadOnlyList<IRunnable> ready) => Enumerable.Range(0, ready.Count).MaxBy(r => Priority(ready[r]));

    private long Priority(IRunnable run)
    {
        if (_priorities.TryGetValue(run, out var priority)) return priority;
        return _priorities[run] = SeededRandom.Below(SeededRandom.Key(seed, "priority", _priorities.Count), int.MaxValue);
    }
}
