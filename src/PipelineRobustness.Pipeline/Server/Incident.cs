using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>A recovery under way: what broke, since when, and what is known of it.</summary>
internal sealed class Incident(TimeSpan began)
{
    private readonly List<string> _reasons = [];

    /// <summary>When it began.</summary>
    public TimeSpan Began => began;

    /// <summary>What broke last.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Everything that broke, in order.</summary>
    public string Reasons => string.Join("; then ", _reasons);

    /// <summary>Whether it is only a move: stages change their nodes, and nothing broke.</summary>
    public bool IsMove { get; private set; } = true;

    /// <summary>What the stages that are being built begin with.</summary>
    public Origin Origin { get; set; } = new(BlockOrigin.Initial);

    /// <summary>What was lost for good, if the run falls back or waits for capacity because of it.</summary>
    public string? Lost { get; set; }

    /// <summary>Blocks of which no holder is sure to be right. They come from a checkpoint.</summary>
    public SortedSet<int> Doubted { get; } = [];

    /// <summary>Adds what broke.</summary>
    /// <param name="reason">What.</param>
    /// <param name="reported">What is reported of it when the run resumes.</param>
    /// <param name="moves">Whether it is only a move.</param>
    public void Note(string reason, string reported, bool moves)
    {
        IsMove &= moves;
        if (reason != Reason && !_reasons.Contains(reported)) _reasons.Add(reported);
    }

    /// <summary>The state query now under way is for this reason.</summary>
    public void Query(string reason) => Reason = reason;
}

/// <summary>Limits failures that the run itself may have caused.</summary>
internal sealed class RetryBudget(int most)
{
    private readonly Dictionary<string, int> _failures = [];

    // Only progress resets the count: a failure that recurs after every rollback to a checkpoint would otherwise recur forever.
    private long _highestVersion;

    /// <summary>Counts a failure. Returns whether the limit is exceeded.</summary>
    /// <param name="subject">What failed; each subject is counted separately.</param>
    public bool Exhausts(string subject) => (_failures[subject] = _failures.GetValueOrDefault(subject) + 1) > most;

    /// <summary>The run has reached a version.</summary>
    public void Reach(long version)
    {
        if (version <= _highestVersion) return;
        _highestVersion = version;
        _failures.Clear();
    }
}
