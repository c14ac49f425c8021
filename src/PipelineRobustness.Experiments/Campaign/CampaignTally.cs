using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What a campaign came to so far.</summary>
public sealed class CampaignTally
{
    private readonly SortedDictionary<CaseVerdict, int> _verdicts = [];
    private readonly SortedDictionary<FailureKind, (long All, long OfServer)> _struck = [];
    private readonly SortedDictionary<CorruptionPattern, long> _patterns = [];
    private readonly SortedDictionary<string, long> _lies = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _losses = new(StringComparer.Ordinal);

    /// <summary>The worst verdict.</summary>
    public CaseVerdict Worst => _verdicts.Keys.LastOrDefault();

    /// <summary>In one line.</summary>
    public string Summary =>
        $"{Seeds(_verdicts.Values.Sum())}: {string.Join(", ", _verdicts.Select(v => $"{v.Value} {v.Key.ToString().ToLowerInvariant()}"))}"
        + (_losses.Count == 0 ? "" : $"; of the right ones {string.Join(", ", _losses.Select(l => $"{l.Value} {l.Key}"))}");

    /// <summary>How often each kind of failure struck, and each lie was told, a line each.</summary>
    public IEnumerable<string> Struck =>
    [
        .. ScenarioWords.Kinds.Select(kind => $"  {kind.Key}: struck {Times(kind.Value)}"),
        .. _lies.Select(lie => $"  {lie.Key}: told in {lie.Value} attempts"),
    ];

    /// <summary>Another case has ended.</summary>
    public void Add(CaseEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        _verdicts[end.Verdict] = _verdicts.GetValueOrDefault(end.Verdict) + 1;
        foreach (var failure in end.Struck)
        {
            var (all, ofServer) = _struck.GetValueOrDefault(failure.Kind);
            _struck[failure.Kind] = (all + 1, failure.Target.Kind == TargetKind.Server ? ofServer + 1 : ofServer);
            if (failure.Kind == FailureKind.Corrupt) _patterns[failure.Pattern] = _patterns.GetValueOrDefault(failure.Pattern) + 1;
        }

        foreach (var lie in end.Lies) _lies[lie] = _lies.GetValueOrDefault(lie) + 1;
        if (end.Verdict == CaseVerdict.Right) Count(end.Why == "done" ? "done" : "declared lost");
    }

    private static string Seeds(int number) => number == 1 ? "1 seed" : $"{number} seeds";

    private string Times(FailureKind kind)
    {
        var (all, ofServer) = _struck.GetValueOrDefault(kind);
        return (all == 1 ? "1 time" : $"{all} times") + (ofServer > 0 ? $", {ofServer} of them the server" : "")
            + (kind == FailureKind.Corrupt && all > 0
                ? $" ({string.Join(", ", ScenarioWords.Patterns.Select(p => $"{p.Key} {_patterns.GetValueOrDefault(p.Value)}"))})" : "");
    }

    private void Count(string how) => _losses[how] = _losses.GetValueOrDefault(how) + 1;
}
