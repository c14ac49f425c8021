namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Makes a failed case smaller: leaves out every failure without which it fails in the same way.</summary>
public static class Shrinking
{
    /// <summary>The smallest case found.</summary>
    public static CaseEnd Of(CaseEnd bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        for (var index = bad.Case.Scenario.Failures.Count - 1; index >= 0; index--)
        {
            var scenario = bad.Case.Scenario;
            var without = scenario with { Failures = [.. scenario.Failures.Where((_, other) => other != index)] };
            var end = CaseJudge.Judge(bad.Case with { Scenario = without });
            if (end.Verdict == bad.Verdict && Kind(end) == Kind(bad)) bad = end;
        }

        return bad;
    }

    // The reason for the failure, with its numbers removed.
    private static string Kind(CaseEnd end) => string.Concat(end.Why.TakeWhile(c => c != ':').Where(c => !char.IsDigit(c)));
}
