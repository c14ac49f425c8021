using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// When events at a rate are due: a Poisson process each, drawn from the seed and the event's place in the scenario, so that all
/// processes expect the same. Those before this process began belong to others.
/// </summary>
/// <param name="scenario">The events.</param>
/// <param name="seed">The seed of what is drawn.</param>
/// <param name="elapsed">The time since the experiment's beginning.</param>
internal sealed class PoissonArrivals(Scenario scenario, ulong seed, Func<TimeSpan> elapsed)
{
    private readonly Dictionary<int, (long Number, TimeSpan At)> _next = [];
    private readonly Lock _gate = new();

    /// <summary>Whether an event is due.</summary>
    public bool IsDue(int index)
    {
        lock (_gate) return Next(index).At <= elapsed();
    }

    /// <summary>Takes an event that is due.</summary>
    /// <returns>Its number, counted from 1; null where it is not due, or another thread took it.</returns>
    public long? Take(int index)
    {
        lock (_gate)
        {
            var taken = Next(index);
            if (taken.At > elapsed()) return null;
            _next[index] = After(index, taken);
            return taken.Number;
        }
    }

    private (long Number, TimeSpan At) Next(int index)
    {
        if (_next.TryGetValue(index, out var next)) return next;
        var now = elapsed();
        next = After(index, (0, TimeSpan.Zero));
        while (next.At < now) next = After(index, next);
        return _next[index] = next;
    }

    private (long Number, TimeSpan At) After(int index, (long Number, TimeSpan At) one)
    {
        var draw = SeededRandom.Unit(SeededRandom.Key(seed, string.Create(CultureInfo.InvariantCulture, $"arrival-{index}"), one.Number));
        return (one.Number + 1, one.At + (-Math.Log(1 - draw) * scenario.Failures[index].Every!.Value));
    }
}
