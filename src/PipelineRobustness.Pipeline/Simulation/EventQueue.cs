namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>The future events of a simulated world, by time; those of one time in the order in which they were added.</summary>
internal sealed class EventQueue
{
    // There are many late timers and few early messages: two queues make both cheap to sort.
    private readonly PriorityQueue<SimulatedEvent, DueTime> _soon = new();
    private readonly PriorityQueue<SimulatedEvent, DueTime> _timers = new();
    private long _sequence;

    /// <summary>Everything, in no order.</summary>
    public IEnumerable<SimulatedEvent> Left => _soon.UnorderedItems.Concat(_timers.UnorderedItems).Select(item => item.Element);

    /// <summary>Adds a message under way, or a mailbox that is busy.</summary>
    public void Add(TimeSpan at, SimulatedEvent occurrence) => _soon.Enqueue(occurrence, new DueTime(at, _sequence++));

    /// <summary>Adds a timer.</summary>
    public void AddTimer(TimeSpan at, SimulatedEvent occurrence) => _timers.Enqueue(occurrence, new DueTime(at, _sequence++));

    /// <summary>Postpones messages and mailboxes.</summary>
    /// <param name="which">Which of them.</param>
    /// <param name="by">By how much.</param>
    public void Delay(Func<SimulatedEvent, bool> which, TimeSpan by)
    {
        var all = _soon.UnorderedItems.ToArray();
        _soon.Clear();
        foreach (var (next, at) in all) _soon.Enqueue(next, which(next) ? at with { At = at.At + by } : at);
    }

    /// <summary>Takes the next event; null where none is left within the limit.</summary>
    /// <param name="limit">The latest time that counts.</param>
    /// <param name="at">Its time.</param>
    public SimulatedEvent? Next(TimeSpan limit, out TimeSpan at)
    {
        var (any, anyTimer) = (_soon.TryPeek(out _, out var soon), _timers.TryPeek(out _, out var timer));
        var first = any && (!anyTimer || soon.CompareTo(timer) < 0);
        at = first ? soon.At : timer.At;
        if ((!any && !anyTimer) || at > limit) return null;
        return (first ? _soon : _timers).Dequeue();
    }

    private readonly record struct DueTime(TimeSpan At, long Sequence) : IComparable<DueTime>
    {
        public int CompareTo(DueTime other) => At != other.At ? (At < other.At ? -1 : 1) : Sequence.CompareTo(other.Sequence);
    }
}
