namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>Distances of the values that were accepted last, and the fence that follows from them.</summary>
/// <param name="values">The oldest first.</param>
internal sealed class RecentDistances(IEnumerable<Distances> values)
{
    /// <summary>With fewer there are no quartiles.</summary>
    public const int Least = 4;

    // Where quartiles are equal, no k would let anything else pass: then the spread counts as this share of Q3, of signs as one entry.
    private const double LeastSpread = 0.01;

    private static readonly (Func<Distances, double> Of, bool CountsEntries)[] Each =
        [(all => all.MeanAbsolute, false), (all => all.Relative, false), (all => all.OtherSigns, true), (all => all.Wasserstein, false)];

    private readonly Queue<Distances> _values = new(values);

    /// <summary>How many there are.</summary>
    public int Count => _values.Count;

    /// <summary>All of them, the oldest first.</summary>
    public IEnumerable<Distances> Values => _values;

    /// <summary>Adds one, and forgets the oldest above the window.</summary>
    public void Add(Distances distances, int window)
    {
        _values.Enqueue(distances);
        while (_values.Count > window) _values.Dequeue();
    }

    /// <summary>How many times its fence, Q3 + k (Q3 - Q1), the farthest of some distances is; 0 where none exceeds it.</summary>
    /// <param name="distances">Those of the value that is judged.</param>
    /// <param name="k">How far above the quartiles the fence is.</param>
    /// <param name="hidden">Entries of the average.</param>
    public double Excess(Distances distances, double k, int hidden)
    {
        var all = _values.ToArray();
        return Each.Max(one => Excess(one.Of(distances), Array.ConvertAll(all, each => one.Of(each)), k, one.CountsEntries ? 1.0 / hidden : 0));
    }

    private static double Excess(double distance, double[] sorted, double k, double leastSpread)
    {
        Array.Sort(sorted);
        var (lower, upper) = (Quantile(sorted, 0.25), Quantile(sorted, 0.75));
        var fence = upper + (k * Math.Max(upper - lower, Math.Max(LeastSpread * upper, leastSpread)));
        return distance <= fence ? 0 : distance / fence;
    }

    // Between the two values next to it, in proportion.
    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
