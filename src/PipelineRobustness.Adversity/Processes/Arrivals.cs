using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>
/// When events that come by a rate are to come: a Poisson process each, drawn from the seed and its place in the scenario, so that all
/// processes expect the same. What was before this process began is others'.
/// </summary>
/// <param name="scenario">The events.</param>
/// <param name="seed">Of what is drawn.</param>
/// <param name="elapsed">The time since the experiment's beginning.</param>
internal sealed class Arrivals(Scenario scenario, ulong seed, Func<TimeSpan> elapsed)
{
    private readonly Dictionary<int, (long Number, TimeSpan At)> _next = [];
    private readonly Lock _gate = new();

    /// <summary>Whether an event is due.</summary>
    public bool IsDue(int index)
    {
        lock (_gate) return Next(index).At <= elapsed();
    }

    /// <summary>Takes an event that is due.</summary>
    /// <returns>Which it is, counted from 1; null where none is, or another took it.</returns>
    public long? Take(int index)
    {
        lock (_gate)
        {
            var taken = Next(index);
            if (taken.At > elapsed()) return null;
            _next[index] = Behind(index, taken);
            return taken.Number;
        }
    }

    private (long Number, TimeSpan At) Next(int index)
    {
        if (_next.TryGetValue(index, out var next)) return next;
        var now = elapsed();
        next = Behind(index, (0, TimeSpan.Zero));
        while (next.At < now) next = Behind(index, next);
        return _next[index] = next;
    }

    private (long Number, TimeSpan At) Behind(int index, (long Number, TimeSpan At) one)
    {
        var draw = SeededRandom.Unit(SeededRandom.Key(seed, string.Create(CultureInfo.InvariantCulture, $"arrival-{index}"), one.Number));
        return (one.Number + 1, one.At + (-Math.Log(1 - draw) * scenario.Failures[index].Every!.Value));
    }
}
