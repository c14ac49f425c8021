using PipelineRobustness.Adversity;

namespace PipelineRobustness.Experiments;

/// <summary>What a campaign came to so far.</summary>
public sealed class CampaignTally
{
    private readonly SortedDictionary<CaseVerdict, int> _verdicts = [];
    private readonly SortedDictionary<FailureKind, long> _struck = [];
    private readonly SortedDictionary<string, int> _losses = new(StringComparer.Ordinal);

    /// <summary>The worst verdict.</summary>
    public CaseVerdict Worst => _verdicts.Keys.LastOrDefault();

    /// <summary>In one line.</summary>
    public string Summary =>
        $"{_verdicts.Values.Sum()} seeds: {string.Join(", ", _verdicts.Select(v => $"{v.Value} {v.Key.ToString().ToLowerInvariant()}"))}"
        + (_losses.Count == 0 ? "" : $"; of the right ones {string.Join(", ", _losses.Select(l => $"{l.Value} {l.Key}"))}");

    /// <summary>How often each kind of failure struck, a line each.</summary>
    public IEnumerable<string> Struck => Enum.GetValues<FailureKind>().Select(kind => $"  {kind}: struck {_struck.GetValueOrDefault(kind)} times");

    /// <summary>Another case has ended.</summary>
    public void Add(CaseEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        _verdicts[end.Verdict] = _verdicts.GetValueOrDefault(end.Verdict) + 1;
        foreach (var (failure, fired) in end.Case.Scenario.Failures.Zip(end.Fired))
            _struck[failure.Kind] = _struck.GetValueOrDefault(failure.Kind) + fired;
        if (end.Verdict == CaseVerdict.Right) Count(end.Why == "done" ? "done" : "declared lost for want of room");
    }

    private void Count(string how) => _losses[how] = _losses.GetValueOrDefault(how) + 1;
}
