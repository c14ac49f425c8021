namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>What is still to happen in a simulated world: by time, and of what is at the same time what was asked for first.</summary>
internal sealed class EventQueue
{
    // Timers are many and far off, what is on its way is little and soon there: apart, neither has to be sorted in among the other.
    private readonly PriorityQueue<SimulatedEvent, Instant> _soon = new();
    private readonly PriorityQueue<SimulatedEvent, Instant> _timers = new();
    private long _sequence;

    /// <summary>Everything, in no order.</summary>
    public IEnumerable<SimulatedEvent> Left => _soon.UnorderedItems.Concat(_timers.UnorderedItems).Select(item => item.Element);

    /// <summary>A message or a mailbox that waits for a little.</summary>
    public void Add(TimeSpan at, SimulatedEvent occurrence) => _soon.Enqueue(occurrence, new Instant(at, _sequence++));

    /// <summary>Something that was set for a time.</summary>
    public void AddTimer(TimeSpan at, SimulatedEvent occurrence) => _timers.Enqueue(occurrence, new Instant(at, _sequence++));

    /// <summary>Puts off those that wait for a little.</summary>
    /// <param name="which">Of them these.</param>
    /// <param name="by">By how much.</param>
    public void Delay(Func<SimulatedEvent, bool> which, TimeSpan by)
    {
        var all = _soon.UnorderedItems.ToArray();
        _soon.Clear();
        foreach (var (next, at) in all) _soon.Enqueue(next, which(next) ? at with { At = at.At + by } : at);
    }

    /// <summary>Takes what is next; null where nothing is left, or nothing before that.</summary>
    /// <param name="limit">The latest time that counts.</param>
    /// <param name="at">When it is.</param>
    public SimulatedEvent? Next(TimeSpan limit, out TimeSpan at)
    {
        var (any, anyTimer) = (_soon.TryPeek(out _, out var soon), _timers.TryPeek(out _, out var timer));
        var first = any && (!anyTimer || soon.CompareTo(timer) < 0);
        at = first ? soon.At : timer.At;
        if ((!any && !anyTimer) || at > limit) return null;
        return (first ? _soon : _timers).Dequeue();
    }

    private readonly record struct Instant(TimeSpan At, long Sequence) : IComparable<Instant>
    {
        public int CompareTo(Instant other) => At != other.At ? (At < other.At ? -1 : 1) : Sequence.CompareTo(other.Sequence);
    }
}
