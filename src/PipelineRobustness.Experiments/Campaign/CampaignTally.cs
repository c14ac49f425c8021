using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>The results of a campaign so far.</summary>
public sealed class CampaignTally
{
    private readonly SortedDictionary<CaseVerdict, int> _verdicts = [];

    // By the word of the failure's kind.
    private readonly Dictionary<string, (long All, long OfServer)> _injected = [];
    private readonly Dictionary<(string Word, string Variant), long> _variants = [];
    private readonly SortedDictionary<string, long> _attacks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _ends = new(StringComparer.Ordinal);

    /// <summary>The worst verdict.</summary>
    public CaseVerdict Worst => _verdicts.Keys.LastOrDefault();

    /// <summary>How many seeds, and their verdicts, in one line.</summary>
    public string Summary => $"{Count(_verdicts.Values.Sum(), "seed")}: {Verdicts}";

    /// <summary>The verdicts, in one line; of the right ones also how they ended.</summary>
    public string Verdicts => string.Join(", ", _verdicts.Select(
        v => $"{v.Value} {v.Key.ToString().ToLowerInvariant()}{(v.Key == CaseVerdict.Right ? Ends : "")}"));

    private string Ends => $" ({string.Join(", ", _ends.Select(end => $"{end.Value} {end.Key}"))})";

    /// <summary>How often each kind of failure was injected, and each attack took place; one line each.</summary>
    public IEnumerable<string> Lines =>
    [
        .. FailureKinds.All.Select(kind => $"  {kind.Word}: injected {Times(kind)}"),
        .. _attacks.Select(attack => $"  {attack.Key}: in {Count(attack.Value, "attempt")}"),
    ];

    /// <summary>Another case has ended.</summary>
    public void Add(CaseEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        _verdicts[end.Verdict] = _verdicts.GetValueOrDefault(end.Verdict) + 1;
        foreach (var failure in end.Injected)
        {
            var (all, ofServer) = _injected.GetValueOrDefault(failure.Word);
            _injected[failure.Word] = (all + 1, failure.Target.IsServer ? ofServer + 1 : ofServer);
            var variant = (failure.Word, failure.Variant);
            _variants[variant] = _variants.GetValueOrDefault(variant) + 1;
        }

        foreach (var attack in end.Attacks) _attacks[attack] = _attacks.GetValueOrDefault(attack) + 1;
        if (end.Verdict != CaseVerdict.Right) return;
        var how = end.Why == "done" ? "done" : "declared lost";
        _ends[how] = _ends.GetValueOrDefault(how) + 1;
    }

    private static string Count(long number, string one) => number == 1 ? $"1 {one}" : $"{number} {one}s";

    private string Times(FailureKind kind)
    {
        var (all, ofServer) = _injected.GetValueOrDefault(kind.Word);
        var variants = all == 0 ? [] : kind.Prototype.Variants;
        return Count(all, "time") + (ofServer == 0 ? "" : ofServer == all ? ", into the server" : $", {ofServer} of them into the server")
            + (variants.Count > 0 ? $" ({string.Join(", ", variants.Select(v => $"{v} {_variants.GetValueOrDefault((kind.Word, v))}"))})" : "");
    }
}
