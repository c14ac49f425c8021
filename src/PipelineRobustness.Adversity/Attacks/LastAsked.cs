using System.Collections.Immutable;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Which micro-batches the referee asked each stage for, of the stage's own block, in the last iteration in which it asked for any.</summary>
internal sealed class LastAsked
{
    private readonly Lock _gate = new();

    // The iteration in which a stage was last asked, what it was asked for then, and what the time before.
    private readonly Dictionary<int, (long Iteration, ImmutableHashSet<int> Now, ImmutableHashSet<int> Before)> _asked = [];

    /// <summary>The referee asks for a micro-batch.</summary>
    public void Note(int stage, long iteration, int microBatch)
    {
        lock (_gate)
        {
            var (last, now, before) = Of(stage, iteration);
            if (last != iteration) (now, before) = ([], now);
            _asked[stage] = (iteration, now.Add(microBatch), before);
        }
    }

    /// <summary>What it asked for in an earlier iteration than this one: what it asks in an attempt must not change a later one.</summary>
    public ImmutableHashSet<int> Before(int stage, long iteration)
    {
        lock (_gate)
        {
            var (last, now, before) = Of(stage, iteration);
            return last < iteration ? now : before;
        }
    }

    private (long Iteration, ImmutableHashSet<int> Now, ImmutableHashSet<int> Before) Of(int stage, long iteration) =>
        _asked.GetValueOrDefault(stage, (iteration, [], []));
}
